/** As in `engines` of package.json. */
const OLDEST = [22, 19] as const

/** Ends a run under a Node that is too old, in one line, before something breaks for reasons nobody understands. */
export function refuseOldNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return
  process.stderr.write(
    `canary-gate: needs Node ${OLDEST.join('.')} or later, this is ${process.versions.node}; ` +
      `in a checkout run npm ci, which brings Node 24, and then npx vitest run gate\n`,
  )
  process.exit(69)
}
