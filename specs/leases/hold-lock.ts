import { takeFileLock } from '../../packages/sync-engine/src/base/file-lock.ts'

/** Takes the lock of the file that is named, says so, and keeps it until it is killed. */
const lock = takeFileLock(process.argv[2] ?? '', 0)
process.stdout.write(lock === undefined ? 'refused\n' : 'taken\n')
setInterval(() => undefined, 60_000)
