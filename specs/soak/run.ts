/** `npm run soak [-- hub]`: the long form of the engine's crash test, or of the hub's story. */
await (process.argv[2] === 'hub' ? import('../hub/soak.ts') : import('../crash/soak.ts'))
