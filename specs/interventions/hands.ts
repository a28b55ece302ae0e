// What somebody does by hand between two runs: hands.ts <deed> <argument …>
import { rm, writeFile } from 'node:fs/promises'
import Database from 'better-sqlite3'

const [deed, first = '', second = ''] = process.argv.slice(2)

switch (deed) {
  case 'delete':
    await rm(first, { recursive: true })
    break
  case 'write':
    await writeFile(first, second)
    break
  case 'sql': {
    const database = new Database(first)
    database.exec(second)
    database.close()
    break
  }
  case 'kill':
    process.kill(Number(first), 'SIGKILL')
    break
  case 'curl':
    await fetch(first, { method: 'POST', body: second })
    break
  default:
    throw new Error(`unknown deed ${String(deed)}`)
}
