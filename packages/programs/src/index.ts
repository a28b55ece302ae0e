export { askGit, git, isAncestor, resolveCommit, type GitAnswer } from './git.ts'
export { steeringGit } from './git-variables.ts'
export {
  describeOutcome,
  endWithUs,
  lookUpTimeoutMs,
  plainEnvironment,
  runProgram,
  type ProgramOutcome,
} from './process.ts'
export { programTimeMs } from './program-time.ts'
