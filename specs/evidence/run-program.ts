// canary-gate as a program of its own: run-program.ts verify <folder> …
import { main } from '../../packages/canary-gate/src/main.ts'

process.exitCode = await main(process.argv.slice(2))
