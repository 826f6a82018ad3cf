import { memoryStore } from '../../src/store/memory-store.ts'
import { behavesLikeStore } from '../compliance/store.ts'

describe('store/memory-store', () => {
  behavesLikeStore('memoryStore', () => ({
    open: async () => memoryStore(),
    cleanUp: async () => {},
  }))
})
