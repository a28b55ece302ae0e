import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Command } from 'commander'
import { examples, exitCodes, printJson, type ProgramContext } from '../program/context.ts'
import { startFiles } from '../init/files.ts'
import { UsageError } from '../program/usage-error.ts'

/** `canary-gate init`: writes the start of a gate, which runs as it is. */
export function initCommand(context: ProgramContext): Command {
  return new Command('init')
    .description('write the start of a gate of your own; changes no file that is there')
    .argument('[folder]', 'folder of your project, by default this one', '.')
    .addHelpText('after', examples('init', 'init ../my-project'))
    .option('--json', 'print what was written as JSON')
    .action(async (folder: string, { json }: { readonly json?: true }) => {
      const root = resolve(context.cwd, folder)
      await writeStart(root)
      const written = Object.keys(startFiles)
      if (json) printJson(context, { root, written })
      else for (const path of written) context.out(`wrote ${path}`)
      if (!json) context.out('next: npx vitest run gate')
      context.finish(exitCodes.ok)
    })
}

/** Writes all files or none: a gate half of which is another one's is not a start. */
async function writeStart(root: string): Promise<void> {
  const there = Object.keys(startFiles).filter((path) => existsSync(join(root, path)))
  if (there.length > 0) {
    throw new UsageError(
      `${root} already has ${there.join(', ')}; move it away, or name another folder`,
    )
  }
  for (const [path, text] of Object.entries(startFiles)) {
    const file = join(root, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text, { flag: 'wx' })
  }
}
