import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { execa } from 'execa'
import { findOwnNetwork } from '../../fixtures/real-tools/own-network.ts'

// `npm run specs:properties`: the specs that generate their cases, alone and without a network. Where the
// machine has no network of one's own to give, that is said, and they run all the same.

const root = join(import.meta.dirname, '..', '..')

/** A spec that generates its cases does so with fast-check. */
function propertySpecs(): string[] {
  return readdirSync(join(root, 'specs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !name.startsWith('acceptance'))
    .map((name) => join(root, 'specs', name))
    .filter((file) => readFileSync(file, 'utf8').includes(`from 'fast-check'`))
    .map((file) => relative(root, file))
    .sort()
}

const files = propertySpecs()
const network = await findOwnNetwork()
const where = network.kind === 'found' ? 'without a network' : `with the network: ${network.reason}`
process.stdout.write(`${files.length} files of properties, ${where}\n`)
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const command = [process.execPath, vitest, 'run', '--project=specs', ...files]
const [program = '', ...words] = [...(network.kind === 'found' ? network.prefix : []), ...command]
const { exitCode } = await execa(program, words, { cwd: root, stdio: 'inherit', reject: false })
process.exitCode = exitCode ?? 1
