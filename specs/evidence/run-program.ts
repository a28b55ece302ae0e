// canary-gate as a program of its own: run-program.ts verify <folder> …
import { main } from '../../src/gate/program/main.ts'

process.exitCode = await main(process.argv.slice(2))
