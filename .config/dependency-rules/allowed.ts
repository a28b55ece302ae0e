/**
 * Which package may import which: the whole list (docs/decisions.md says why). A package that is not
 * on the list may import none, and no other may import it. `gate`, `reporters`, `fixtures` and
 * `specs` are the folders of the checkout.
 */
export const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  programs: [],
  documents: [],
  'gate-kernel': ['programs', 'documents'],
  'fix-prover': ['programs', 'documents'],
  'phase4-gate': ['gate-kernel', 'fix-prover', 'programs', 'documents'],
  'canary-gate': ['gate-kernel', 'phase4-gate', 'fix-prover', 'programs', 'documents'],
  'sync-engine': [],
  'spec-kitty': ['sync-engine'],
  hub: ['batch-contract'],
  'batch-contract': [],
  reporters: ['gate-kernel', 'programs'],
  gate: ['gate-kernel', 'phase4-gate', 'programs', 'reporters'],
  release: ['gate-kernel', 'reporters'],
  fixtures: [
    ...['programs', 'documents', 'gate-kernel', 'fix-prover', 'phase4-gate', 'canary-gate'],
    ...['sync-engine', 'spec-kitty', 'hub', 'batch-contract', 'reporters', 'gate', 'release'],
  ],
  specs: [
    ...['programs', 'documents', 'gate-kernel', 'fix-prover', 'phase4-gate', 'canary-gate'],
    ...[
      'sync-engine',
      'spec-kitty',
      'hub',
      'batch-contract',
      'reporters',
      'gate',
      'release',
      'fixtures',
      '.config',
    ],
  ],
}

/**
 * External packages that only these may import. The kernel and what is built on it run without a
 * test runner; GitHub's client is in one package.
 */
export const ONLY_IN: Readonly<Record<string, readonly string[]>> = {
  vitest: ['reporters', 'gate', 'release', 'specs', 'fixtures'],
  octokit: ['gate-kernel', 'specs'],
}
