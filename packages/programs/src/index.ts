export { askGit, git, isAncestor, resolveCommit, type GitAnswer } from './git.ts'
export { plainEnvironment } from './environment.ts'
export { isHarmlessOfGit } from './git-variables.ts'
export {
  describeOutcome,
  endWithUs,
  lookUpTimeoutMs,
  runProgram,
  type ProgramOutcome,
} from './process.ts'
export { programTimeMs } from './program-time.ts'
