/** Loaded before all tests: every fast-check property runs from one seed, so that a run can be repeated. */
import fc from 'fast-check'

fc.configureGlobal({ seed: 20261123 })
