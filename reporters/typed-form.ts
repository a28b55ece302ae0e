import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type Gate, typedForm } from '@canary-gate/gate-kernel'

/** How `canary-gate` is started from the operator's folder, where the gate's checkout has it. */
export function typedFormOf(
  gate: Gate,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const bin = programOf(gate.root)
  return bin === undefined ? 'npx canary-gate' : typedForm({ environment, cwd: process.cwd(), bin })
}

function programOf(root: string): string | undefined {
  try {
    const manifest = createRequire(join(root, 'package.json')).resolve('canary-gate/package.json')
    return join(dirname(manifest), 'bin', 'canary-gate.js')
  } catch {
    return undefined
  }
}
