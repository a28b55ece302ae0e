import type { Evidence, RequirementResult } from './evidence.ts'

/** The result as one self-contained page: no script, no request, readable on paper and on a phone. */
export function renderHtml(evidence: Evidence): string {
  const passed = evidence.requirements.filter((result) => result.verdict === 'pass').length
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(evidence.verdict.toUpperCase())} - canary gate ${escape(evidence.runId)}</title>
<style>${style}</style>
</head>
<body>
<header class="${evidence.verdict}">
<h1>${escape(evidence.verdict.toUpperCase())}</h1>
<p>${passed} of ${evidence.requirements.length} requirements passed. State ${escape(evidence.state)}.</p>
</header>
<main>
${facts(evidence)}
${stop(evidence)}
${weakenings(evidence)}
<h2>Requirements, in gate order</h2>
<div class="scroll"><table>
<thead><tr><th scope="col">Id</th><th scope="col">Requirement</th><th scope="col">Verdict</th><th scope="col">Time</th></tr></thead>
<tbody>
${evidence.requirements.map(requirementRow).join('\n')}
</tbody>
</table></div>
</main>
</body>
</html>
`
}

function facts(evidence: Evidence): string {
  const { candidate, attempt } = evidence
  const rows: readonly (readonly [string, string])[] = [
    ['Run', evidence.runId],
    ['World', evidence.world],
    ['Began', evidence.startedAt],
    ['Ended', evidence.finishedAt],
    ['Candidate', candidate === null ? 'none' : `${candidate.tag}, commit ${candidate.commit}`],
    ['Attempt', attempt?.folder ?? 'none'],
    ['Manifest SHA-256', attempt?.manifestSha256 ?? 'not sealed'],
    ['Publication', evidence.publication.status],
  ]
  const items = rows.map(([name, value]) => `<dt>${escape(name)}</dt><dd>${escape(value)}</dd>`)
  return `<dl>\n${items.join('\n')}\n</dl>`
}

function stop(evidence: Evidence): string {
  if (evidence.stop === null) return ''
  const { requirement, verdict, cause, code, what, where, next } = evidence.stop
  return `<section class="stop">
<h2>Stopped at ${escape(requirement ?? 'the run itself')}</h2>
<p><strong>${escape(what)}</strong></p>
<p>Verdict ${escape(verdict)}, cause ${escape(cause)}, code <code>${escape(code)}</code>.</p>
<p>Where: <code>${escape(where)}</code></p>
${list(evidence.stop.findings ?? [])}<p>Next: <code>${escape(next)}</code></p>
</section>`
}

function weakenings(evidence: Evidence): string {
  if (evidence.weakenings.length === 0) return ''
  return `<h2>What weakened this run</h2>\n${list(evidence.weakenings.map((one) => one.what))}`
}

function list(items: readonly string[]): string {
  if (items.length === 0) return ''
  return `<ul>${items.map((item) => `<li>${escape(item)}</li>`).join('')}</ul>\n`
}

function requirementRow(result: RequirementResult): string {
  const time = result.durationMs === undefined ? '' : `${(result.durationMs / 1000).toFixed(1)} s`
  const reason = reasonOf(result)
  const detail = reason === '' ? '' : `<br><small>${escape(reason)}</small>`
  return `<tr><th scope="row">${escape(result.id)}</th><td>${escape(result.text)}${detail}</td><td class="${result.verdict}">${result.verdict}</td><td class="time">${time}</td></tr>`
}

function reasonOf({ stop, stoppedBy, reusedFrom }: RequirementResult): string {
  if (stop !== undefined) return stop.what
  if (stoppedBy !== undefined) return `not run: ${stoppedBy}`
  return reusedFrom === undefined ? '' : `re-used from run ${reusedFrom}`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Makes text safe in HTML content and attributes: evidence quotes answers of foreign systems. */
function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}

const style = `
:root { color-scheme: light dark; --good: #17693a; --bad: #a3231f; --wait: #7a5200; --line: #8884; }
@media (prefers-color-scheme: dark) { :root { --good: #6fd598; --bad: #ff938a; --wait: #f0c060; } }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 62rem; padding: 1rem; }
header { border-left: .5rem solid var(--bad); padding-left: 1rem; }
header.release { border-color: var(--good); }
h1 { margin: 0; letter-spacing: .04em; } header p { margin: 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
.stop { border: 1px solid var(--bad); border-radius: .5rem; padding: 0 1rem; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .5rem; text-align: left; vertical-align: top; }
th[scope=row], .time { white-space: nowrap; } .time { text-align: right; }
.pass { color: var(--good); } .fail, .blocked { color: var(--bad); font-weight: 600; }
.inconclusive { color: var(--wait); font-weight: 600; }
`
