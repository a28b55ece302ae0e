import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished } from 'vitest'
import { findOwnNetwork } from '../../../fixtures/real-tools/own-network.ts'
import { findPython } from '../../../fixtures/real-tools/python.ts'
import { preparePythonTools } from '../../../fixtures/real-tools/python-tools.ts'
import { spec } from '../../spec.ts'

// A machine that lacks something is no defect of a candidate: each lack must end in a reason.

/** A folder with these shell programs; `PATH` holds nothing else unless it is put behind it. */
async function folderWith(programs: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'machine-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`)
    await chmod(join(folder, name), 0o755)
  }
  return folder
}

const systemPath = '/usr/bin:/bin:/usr/sbin:/sbin'

spec(
  'GATE/FR-007',
  'without unshare and sudo there is no network of its own, and why',
  async () => {
    const found = await findOwnNetwork({ PATH: await folderWith({}) })
    expect(found).toEqual({
      kind: 'missing',
      reason: "no network namespace of one's own (unshare: no such program; sudo: no such program)",
    })
  },
)

spec(
  'GATE/FR-007',
  'a namespace that is not permitted is named with what the system says',
  async () => {
    const refusing = 'echo "unshare: unshare failed: Operation not permitted" >&2; exit 1'
    const folder = await folderWith({
      unshare: refusing,
      sudo: 'echo "a password is required" >&2; exit 1',
    })
    const found = await findOwnNetwork({ PATH: `${folder}:${systemPath}` })
    expect(found).toMatchObject({ kind: 'missing' })
    expect(JSON.stringify(found)).toContain('Operation not permitted')
    expect(JSON.stringify(found)).toContain('a password is required')
  },
)

spec('GATE/FR-007', 'an environment that lets a way out through is not taken for one', async () => {
  const open = 'while [ "$1" != sh ]; do shift; done; exec "$@"'
  const folder = await folderWith({ unshare: open, sudo: 'exit 1' })
  expect(await findOwnNetwork({ PATH: `${folder}:${systemPath}` })).toMatchObject({
    kind: 'missing',
  })
})

/** Where only root may make namespaces, as on hosted runners: the rest is real. */
const onlyRoot = {
  unshare: 'case "$*" in *--map-root-user*) exit 1;; esac; exec /usr/bin/unshare "$@"',
  // What sudo does with these options, for one who is root already: a PATH of its own, then the program.
  sudo: `[ "$1 $2" = "--non-interactive --preserve-env" ] || exit 1; shift 2; export PATH=${systemPath} HOME=/nowhere; exec "$@"`,
}

spec(
  'GATE/FR-007',
  'where only root may, sudo leads there and back to the own user',
  async ({ skip }) => {
    const mayUnshare = await execa('/usr/bin/unshare', ['--net', 'true'], { reject: false })
    if (process.getuid?.() !== 0 || mayUnshare.exitCode !== 0)
      skip('this user may not make namespaces')
    const folder = await folderWith(onlyRoot)
    const environment = { PATH: `${folder}:${systemPath}`, HOME: folder }
    const found = await findOwnNetwork(environment)
    if (found.kind === 'missing') throw new Error(found.reason)
    const [file = '', ...words] = found.prefix
    const look = 'echo "$HOME $KEPT $(id -u)"; PATH=$PATH:/usr/sbin ip route show'
    const { stdout } = await execa(file, [...words, 'sh', '-c', look], {
      ...{ env: { ...environment, KEPT: 'yes' }, extendEnv: false },
    })
    expect(file).toBe('sudo')
    expect(stdout).toBe(`${folder} yes ${process.getuid?.() ?? 0}`)
  },
)

/** An interpreter that answers as another version would. */
const answering = (version: string, complete: boolean): string =>
  `echo '{"file":"/python","version":[${version.replaceAll('.', ',')}],"complete":${complete}}'`

const pythons: readonly (readonly [version: string, complete: boolean, says: string])[] = [
  ['3.10.12', true, 'candidates need 3.11'],
  ['2.7.18', true, 'candidates need 3.11'],
  ['3.13.5', false, 'apt-get install python3-venv'],
]
for (const [version, complete, says] of pythons)
  spec(
    'GATE/FR-003',
    `Python ${version}${complete ? '' : ' without venv'} is a reason to skip`,
    async () => {
      const programs = ['python3', 'python3.11', 'python3.12', 'python3.13']
      const script = answering(version, complete)
      const folder = await folderWith(Object.fromEntries(programs.map((name) => [name, script])))
      const found = await findPython({ PATH: folder }, programs)
      expect(found).toMatchObject({ kind: 'missing' })
      expect(JSON.stringify(found)).toContain(says)
    },
  )

spec('GATE/FR-003', 'the first interpreter that will do is taken, not the first', async () => {
  const folder = await folderWith({
    python3: answering('3.9.2', true),
    'python3.12': answering('3.12.1', true),
  })
  expect(await findPython({ PATH: folder }, ['python3', 'python3.11', 'python3.12'])).toEqual({
    ...{ kind: 'found', file: '/python', id: '-python-3.12.1' },
  })
})

spec('GATE/FR-003', 'without any Python the real installers are missing', async () => {
  expect(await findPython({ PATH: '/nowhere' }, ['python3'])).toMatchObject({ kind: 'missing' })
})

spec('GATE/FR-003', 'an index that does not answer is a reason to skip', async () => {
  const found = await preparePythonTools({
    ...process.env,
    PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
    PIP_FIND_LINKS: '',
  })
  expect(found).toMatchObject({ kind: 'missing' })
})
