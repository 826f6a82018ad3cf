import { memoryMailbox } from '../../../src/relay/mailbox/memory-mailbox.ts'
import { behavesLikeMailbox } from '../../compliance/mailbox.ts'

describe('relay/mailbox/memory-mailbox', () => {
  behavesLikeMailbox('memoryMailbox', async () => memoryMailbox())
})
