// npm 10 takes the link to this platform's Node away again, together with the Nodes of the other
// platforms that it skipped; npm 11 keeps it. Run by npm after it installed a checkout, by any Node.
import { existsSync, symlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const modules = fileURLToPath(new URL('../node_modules', import.meta.url))
const node = `node-${process.platform}-${process.arch}/bin/node`
const link = `${modules}/.bin/node`

if (existsSync(`${modules}/${node}`) && !existsSync(link)) symlinkSync(`../${node}`, link)
