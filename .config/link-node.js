// Run by npm after it installed a checkout, by any Node. npm 10 takes the link to this platform's Node
// away again, together with the Nodes of the other platforms that it skipped; npm 11 keeps it.
import { execFileSync } from 'node:child_process'
import { existsSync, symlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

// Set by npm where it prepares a package that was asked for by its git address.
if (process.env['_PACOTE_NO_PREPARE_'] !== undefined) {
  process.stderr.write(
    'canary-gate: a git address names the whole workspace, not a package; clone it, run npm ci and npm run pack, and install the tarball\n',
  )
  process.exit(1)
}

const modules = fileURLToPath(new URL('../node_modules', import.meta.url))
const platform = `${process.platform}-${process.arch}`
const link = `${modules}/.bin/node`
const [node] = [`node-${platform}/bin/node`, `node-bin-${platform}/bin/node`].filter((path) =>
  existsSync(`${modules}/${path}`),
)

if (node !== undefined && !existsSync(link)) symlinkSync(`../${node}`, link)

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const isOld = major < 22 || (major === 22 && minor < 19)
if (isOld && !runs()) {
  process.stderr.write(
    `canary-gate: there is no Node 24 for ${platform} on npm that runs here (Alpine and other musl systems, for example); install Node 22.19 or later yourself\n`,
  )
}

function runs() {
  try {
    execFileSync(`${modules}/${node}`, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
