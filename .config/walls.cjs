// The walls between rooms (CONTRIBUTING.md, "Rooms"). Checked by `npm run walls`.
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'cli-uses-sync-through-its-entry',
      comment: 'src/cli reaches src/sync only through src/sync/index.ts',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/', pathNot: '^src/(cli/|sync/index\\.ts$)' },
    },
    {
      name: 'sync-stands-alone',
      severity: 'error',
      from: { path: '^src/sync/' },
      to: { path: '^(src/(?!sync/)|gate/|specs/|fixtures/|reporters/)' },
    },
    {
      name: 'gate-logic-sees-the-cli-only-as-a-program',
      severity: 'error',
      from: { path: '^src/gate/' },
      to: { path: '^src/(sync|cli)/' },
    },
    {
      name: 'src-knows-no-tests-and-no-vitest',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(gate|specs|fixtures|reporters)/|^node_modules/vitest' },
    },
    {
      name: 'gate-files-call-src-gate',
      severity: 'error',
      from: { path: '^gate/' },
      to: { path: '^(src/(?!gate/)|specs/|fixtures/|reporters/)' },
    },
    {
      name: 'reporters-use-src-gate-and-vitest',
      severity: 'error',
      from: { path: '^reporters/' },
      to: { path: '^(src/(?!gate/)|gate/|specs/|fixtures/)' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
}
