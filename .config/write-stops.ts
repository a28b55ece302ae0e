// `npm run stops`: writes docs/stops.md anew from what the sources state.
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { format } from 'prettier'
import { statedStops } from './stops/collect.ts'
import { stopsPage } from './stops/page.ts'

const root = resolve(import.meta.dirname, '..')
const page = await format(stopsPage(statedStops(root)), { parser: 'markdown', printWidth: 100 })
writeFileSync(join(root, 'docs', 'stops.md'), page)
