/** `npm run soak [-- hub|publication]`: the long form of the engine's crash test, or of one of these. */
const soaks: Readonly<Record<string, () => Promise<unknown>>> = {
  hub: () => import('../hub/soak.ts'),
  publication: () => import('../publication/soak.ts'),
}

await (soaks[process.argv[2] ?? ''] ?? (() => import('../crash/soak.ts')))()
