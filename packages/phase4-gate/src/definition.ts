/** What the table of the gate is made of (`gate/gate.ts`). Light: every requirement's process loads it. */
export { checks } from './checks/checks.ts'
export { knownSecrets } from './world/known-secrets.ts'
export { examine } from './doctor/load.ts'
export { evidenceRules } from './evidence/rules.ts'
export { facts } from './run/facts.ts'
export { loadWorld, notifierIn } from './live-config/loader.ts'
export { pageOf } from './page/load.ts'
export { lastLook } from './last-look/last-look.ts'
export { publicationSteps } from './publication/publish.ts'
export { repeats } from './canary/repeats.ts'
export {
  attemptChange,
  blockersChange,
  candidateChange,
  harnessChange,
  logsChange,
  rowsChange,
  serviceChange,
  snapshotAge,
  suiteChange,
} from './reuse.ts'
export { summaryOf } from './summary.ts'
export { notifierOf, signingKeyOf, waiversOf, worldSchema, writesTo } from './world/schema.ts'
