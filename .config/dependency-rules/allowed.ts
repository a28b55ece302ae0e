/**
 * Which package may import which: the whole list, as the map of CONTRIBUTING.md has it. A package that is
 * not on the list may import none, and no other may import it. `gate`, `release` and `reporters` are
 * folders of the checkout.
 */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  programs: [],
  documents: [],
  'gate-kernel': ['programs', 'documents'],
  'fix-prover': ['programs', 'documents'],
  'phase4-gate': ['gate-kernel', 'fix-prover', 'programs', 'documents'],
  'canary-gate': ['gate-kernel', 'phase4-gate', 'fix-prover', 'programs', 'documents'],
  'batch-contract': [],
  'sync-engine': ['batch-contract'],
  'spec-kitty': ['sync-engine'],
  hub: ['batch-contract'],
  reporters: ['gate-kernel', 'programs'],
  gate: ['gate-kernel', 'phase4-gate', 'programs', 'reporters'],
  release: ['gate-kernel', 'reporters'],
}

const everything = Object.keys(PACKAGES)

/** The same, with the folders that may import everything. */
export const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  ...PACKAGES,
  fixtures: everything,
  specs: [...everything, 'fixtures', '.config'],
}

/**
 * External packages that only these may import. The kernel and what is built on it run without a
 * test runner; GitHub's client is in one package.
 */
export const ONLY_IN: Readonly<Record<string, readonly string[]>> = {
  vitest: ['reporters', 'gate', 'release', 'specs', 'fixtures'],
  octokit: ['gate-kernel', 'specs'],
}
