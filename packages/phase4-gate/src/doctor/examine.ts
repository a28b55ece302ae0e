import type { ExaminedFrom, Finding } from '@canary-gate/gate-kernel'
import type { World } from '../world/schema.ts'
import { examineFixes } from './fixes.ts'
import { examineFolders, examineRoom } from './folders.ts'
import { examineGitHub } from './github.ts'
import { examineOwnersFiles } from './owners-files.ts'
import { examineReadings } from './readings.ts'
import { examineIndex, examineService } from './services.ts'
import { examineTools } from './tools.ts'
import { examineVariables } from './variables.ts'

/**
 * Looks at everything a run in this world will need and lists all that is missing at once. It only
 * reads: files, PATH, the clock, and GET requests.
 */
export async function examine(
  world: World,
  { environment, now, runs }: ExaminedFrom,
): Promise<Finding[]> {
  const found = await Promise.all([
    examineTools(world, environment),
    examineVariables(environment),
    examineFolders(world),
    examineRoom(world),
    examineOwnersFiles(world, now),
    examineFixes(world),
    examineGitHub(world, environment, now),
    examineIndex(world),
    examineService(world, environment),
    examineReadings(world, runs),
  ])
  return found.flat()
}
