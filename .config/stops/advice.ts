/** What the sources cannot state of a code: why a run usually ends with it, and what would make it worse. */
export interface Advice {
  readonly usually?: string
  readonly never?: string
}

const noEditing = 'Do not edit, add or delete a file of the evidence.'
const noWaiting = 'Do not delete or replay rows of the queue.'
const noHand = 'Do not write the comment, close or re-open an issue by hand.'

/** By code, as docs/stops.md has them. */
export const advice: Readonly<Record<string, Advice>> = {
  'blocker-open': { usually: '1141 or 1182 is open.', never: 'Do not close it by hand.' },
  'blocker-not-solved': {
    usually: '1141 or 1182 was closed as not planned or as a duplicate. Ask who closed it.',
    never: 'Do not close it again as completed: completed with its fix, or open, nothing between.',
  },
  'blocker-changed': {
    usually: 'Somebody re-opened 1141 or 1182 while the gate ran.',
    never: 'Do not close it again to let the run pass.',
  },
  'github-transferred': {
    usually: 'One of the four issues was moved to another repository, alone.',
    never: 'Do not change the numbers in the configuration: the gate knows them by repository.',
  },
  'fix-…': {
    usually: 'It was closed, but the change does not fix it. Re-open it with the findings.',
    never: 'Do not waive it because the issue is closed.',
  },
  'fix-needs-review': {
    usually: 'The change is beyond automatic reading. Read it.',
    never: 'Do not take silence for a proof: the gate accepts nothing silently.',
  },
  'fix-broken-in-candidate': {
    usually: 'The fix was reverted, or changed, between its merge and the tag.',
    never: 'Do not move the tag.',
  },
  'baseline-unknown': {
    usually: 'The clone was cut off, or is one of another repository.',
    never: 'Do not choose a baseline that the clone happens to have.',
  },
  'clone-damaged': { usually: 'Objects of the clone are missing or were changed.' },
  'clone-not-fetched': { usually: 'GitHub has tags or commits that the clone does not have.' },
  'no-new-candidate': {
    usually: 'Nothing eligible was tagged after `candidate.after`. Have a candidate cut.',
    never: 'Do not tag one yourself so that the gate has something.',
  },
  'candidate-superseded': {
    usually: 'A newer candidate of the line appeared while the gate ran.',
    never: 'Do not delete its tag.',
  },
  'candidate-changed': {
    usually: 'Something wrote into the installation: an update, a plugin, a second installer.',
  },
  'before-the-baseline': { usually: 'It was tagged on a branch that left before the baseline.' },
  'installation-failed': { usually: 'The installer ended with an error: run its command by hand.' },
  'installation-ambiguous': {
    usually: 'Another installation of the program is in the same place.',
  },
  'version-unreadable': {
    usually:
      'The program does not start, often through a newer dependency: see the end of its traceback.',
    never: 'Do not repair the environment: have the bound pinned and a candidate cut.',
  },
  'import-failed': {
    usually: 'A module fails when it is imported, often through a newer dependency.',
    never: 'Do not repair the environment: have the bound pinned and a candidate cut.',
  },
  'version-differs': {
    usually: 'The tag and what was published have different versions.',
    never: 'Do not publish the wheel again under the same version.',
  },
  'status-key-missing': {
    usually: 'The status contract broke: a defect of the product.',
    never: 'Do not make the key optional in the gate; have a candidate cut.',
  },
  'build-not-traceable': {
    usually: 'What is installed is not what was tagged or published.',
    never: 'Do not release: find out who changed the file, the tag or the index.',
  },
  'installed-files-differ': {
    usually: 'A file of the installation is not the one in the wheel.',
    never: 'Do not release: find out who changed it.',
  },
  'wheel-digest': {
    usually: 'The file that was downloaded is not the one that the index announces.',
    never: 'Do not release: find out who changed the index or the file.',
  },
  'service-not-ready': {
    usually: 'Infrastructure rows failed in the drain queue.',
    never: noWaiting,
  },
  'infra-terminal-failed': {
    usually: 'Infrastructure rows failed in the drain queue.',
    never: noWaiting,
  },
  'service-degraded': { usually: 'A dependency of the service is not well.', never: noWaiting },
  'service-identity': { usually: 'The address is that of another service or environment.' },
  'service-redeployed': {
    usually: 'Another image answers than at the snapshot.',
    never: 'Do not go on with the old snapshot: run again on the new deployment.',
  },
  'snapshot-too-old': { usually: 'A day has passed since the service was looked at.' },
  'ingress-cap-unknown': {
    usually:
      'The service tells its limits to signed-in readers only: name the variable with a token in `service.tokenEnv`.',
  },
  'ingress-cap-changed': {
    usually: 'Somebody raised the limit of the service to let a payload pass.',
    never: 'Do not raise it: look at the payload.',
  },
  'historical-rows-unclear': {
    usually:
      'The rows command prints a row twice, or no state: correct `service.rowsCommand`, or leave it out.',
  },
  'historical-rows-changed': {
    usually: 'The 22 rows are not what they were.',
    never: 'Do not restore them: find out who touched them.',
  },
  'image-unknown': { usually: '`service.imageCommand` prints more than the image, or nothing.' },
  'harness-self-test': {
    usually: 'What measures is broken.',
    never: 'Do not go on because the canary would pass: find the root cause first.',
  },
  'harness-changed': {
    usually: 'Canary or suite were edited or updated while the gate ran.',
    never: 'Do not edit them between two runs of one attempt.',
  },
  'gate-changed': { usually: 'The gate was edited or updated while it ran.' },
  'canary-failed': {
    usually:
      'A scenario failed: read `runs/run-N.json` of the attempt, compare with the page of real candidates.',
    never: 'Do not run it again until it passes: four of four, in one attempt.',
  },
  'canary-timed-out': { usually: 'The daemon or the service hangs.' },
  'canary-home-in-use': {
    usually: 'Another gate runs on the same home.',
    never: 'Do not remove its lock while it runs.',
  },
  intervention: {
    usually: 'A queue, a daemon or a record changed between the runs.',
    never: 'Do not help a canary along, with whatever: run again, hands off.',
  },
  'manual-mutation': { usually: 'Somebody changed a row by hand.', never: noWaiting },
  'local-queue-changed': { usually: 'Another program uses the same queue.', never: noWaiting },
  'state-not-watched': { usually: 'A watched folder holds a pipe, a device, or is unreadable.' },
  'teamspace-incomplete': {
    usually:
      'The suite passed without a test in one of its files: let the command run all of `teamspace.files`, with `-v` or `{junit}`.',
  },
  'teamspace-not-clean': {
    usually: 'A test was repeated, a report shown twice, or a log changed.',
    never: 'Do not count a pass after a retry: root cause first.',
  },
  'teamspace-root-cause-required': {
    usually: 'An earlier run of the suite failed and nobody wrote down why.',
    never: 'Do not delete its log.',
  },
  'teamspace-contradiction': { usually: 'Report, log and exit code tell of different runs.' },
  'teamspace-not-materialized': {
    usually: 'Polling is not connected, or the drain stalls: check the queue and the fixture.',
    never: noWaiting,
  },
  'teamspace-413': {
    usually: 'The payload is too large.',
    never: 'Do not raise the limit of the service: look at the payload.',
  },
  'secret-in-evidence': {
    usually: 'A token found its way into an output: revoke it, and find out where it was printed.',
    never: 'Do not only delete the line: the token is known by now.',
  },
  'evidence-modified': { usually: 'A file was changed after it was sealed.', never: noEditing },
  'evidence-missing': { usually: 'A file was deleted after it was sealed.', never: noEditing },
  'earlier-evidence-changed': {
    usually: 'An earlier attempt was edited or tidied up.',
    never: 'Do not write what is missing anew: restore it from a copy.',
  },
  'comment-edited': {
    usually: "Somebody edited the gate's comment.",
    never: 'Do not correct it: restore its text from its history, or delete it.',
  },
  'comment-gone': { usually: "Somebody deleted the gate's comment.", never: noHand },
  'comment-not-listed': { usually: 'The lists of GitHub are behind.', never: noHand },
  'comment-twice': { usually: 'Two gates released the same candidate at the same time.' },
  'publication-unknown': {
    usually: 'The answer to a write was lost: it may have been written.',
    never: noHand,
  },
  'publication-incomplete': { usually: 'GitHub refused a step.', never: noHand },
  'publication-under-way': {
    usually: 'Another gate publishes on this machine.',
    never: 'Do not remove its lock while it runs.',
  },
  'tracker-closed': {
    usually: 'Somebody closed the issue of the release meanwhile. Settle it with them first.',
    never: noHand,
  },
  'tracker-changed': {
    usually: 'Somebody changed the issue of the release meanwhile. Settle it with them first.',
    never: noHand,
  },
  'issue-locked': {
    usually: 'Somebody locked the issue. Settle it with them first.',
    never: noHand,
  },
  'write-refused': {
    usually: 'The gate was about to write what is not on its list of writes.',
    never: 'Do not extend the list to let it pass.',
  },
  'file-system': {
    usually: 'A full disk, or a folder that is closed to the gate.',
    never: noEditing,
  },
  'tool-missing': { usually: 'A program that the gate starts is not on the PATH.' },
  'weakened-run': {
    usually: 'An option or a variable that weakens the run.',
    never: 'Do not start Vitest with other options: use `canary-gate run`.',
  },
}
