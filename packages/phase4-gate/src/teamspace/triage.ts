import type { Cause } from '@canary-gate/gate-kernel'

/** What a failure pattern of the suite means and what may be done about it. */
export interface Diagnosis {
  readonly code: string
  readonly diagnosis: string
  readonly permitted: string
  readonly cause: Cause
}

interface Row extends Diagnosis {
  readonly pattern: RegExp
}

/**
 * The triage table of the suite (seed 000, decision 5). The first row that matches counts; none of
 * them permits changing the hosted service by hand.
 */
const table: readonly Row[] = [
  {
    pattern: /\b413\b|payload[ _]too[ _]large|request entity too large/i,
    code: 'teamspace-413',
    diagnosis: "the command line's payload is too large (HTTP 413)",
    permitted: "investigate the command line's payload size; do not raise the ingress cap",
    cause: 'product',
  },
  {
    pattern:
      /health\/ready\/?[^\n]*\b503\b|\b503\b[^\n]*health\/ready|not_ready|terminal_failed_count_exceeded/i,
    code: 'teamspace-readiness',
    diagnosis: 'readiness is contaminated, or infra terminal_failed is not zero',
    permitted: 'investigate the infra failures; do not fix it by deleting rows',
    cause: 'environment',
  },
  {
    pattern: /terminal_failed|DrainMaterializationRejected/,
    code: 'teamspace-terminal-failed',
    diagnosis: 'a regression of the planning rejection, or a row that broke a business rule',
    permitted:
      'verify last_failure_class: a business_rule row that readiness ignores is acceptable; anything else needs a root cause',
    cause: 'cannot-tell',
  },
  {
    pattern: /did not materiali[sz]e within \d+(?:\.\d+)? ?s/i,
    code: 'teamspace-not-materialized',
    diagnosis: 'the polling helper is not connected, or the drain of the service has stalled',
    permitted: 'verify the drain queue, and that the polling helper of e2e#40 is in use',
    cause: 'environment',
  },
]

const unknown: Diagnosis = {
  code: 'teamspace-failed',
  diagnosis: 'the suite failed in a way that the triage table does not name',
  permitted: 'find the root cause from the log; the hosted service is not changed to make it pass',
  cause: 'cannot-tell',
}

/** Names the failure that a log shows. Pure. */
export function triage(log: string): Diagnosis {
  return table.find(({ pattern }) => pattern.test(log)) ?? unknown
}
