/** One style for screen, phone and paper, light and dark. Colours meet WCAG AA on their ground. */
export const style = `
:root { color-scheme: light dark; --ground: #fff; --text: #1c1e21; --quiet: #565b63; --line: #d5d8dd;
  --good: #17693a; --bad: #a3231f; --wait: #7a5200; --accent: #1f5fa8; --soft: #eef1f5;
  --bar-good: #8fcfa8; --bar-bad: #e59a94; --bar-wait: #e3c27a; --programs: #2f6f4c; }
@media (prefers-color-scheme: dark) { :root { --ground: #16181c; --text: #e8eaed; --quiet: #a9b0ba;
  --line: #3a3f47; --good: #6fd598; --bad: #ff938a; --wait: #f0c060; --accent: #8fbcf5; --soft: #22262c;
  --bar-good: #2f6f4c; --bar-bad: #8f3a34; --bar-wait: #7a5f1c; --programs: #8fe0b0; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 68rem; padding: 1rem;
  background: var(--ground); color: var(--text); }
a { color: var(--accent); } a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; top: 1rem; background: var(--ground); padding: .5rem; }
header { border-left: .6rem solid var(--bad); padding: .2rem 0 .2rem 1rem; margin-bottom: 1.5rem; }
header.release { border-color: var(--good); } header.waived, header.proven { border-color: var(--wait); }
h1 { margin: 0; font-size: 2.2rem; letter-spacing: .04em; } h2 { margin: 2.2rem 0 .6rem; font-size: 1.25rem; }
header p { margin: .2rem 0; }
.banner { background: var(--wait); color: var(--ground); font-weight: 700; padding: .5rem 1rem; margin: 0 0 1rem; border-radius: .3rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
.stop { border: 2px solid var(--bad); border-radius: .5rem; padding: 0 1rem .6rem; overflow-wrap: anywhere; }
.stop h2 { margin-top: .8rem; }
.next { background: var(--soft); border-radius: .5rem; padding: .6rem 1rem; overflow-wrap: anywhere; }
code { font-family: ui-monospace, monospace; font-size: .92em; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; } figure { margin: 0; overflow-x: auto; }
figure svg { width: 100%; min-width: 40rem; height: auto; }
svg text { font: 11px system-ui, sans-serif; fill: var(--text); } svg .time { fill: var(--quiet); font-size: 10px; }
.tick { stroke: var(--line); } .bar.pass { fill: var(--bar-good); } .bar.fail, .bar.blocked { fill: var(--bar-bad); }
.bar.inconclusive, .bar.not-run { fill: var(--bar-wait); } .bar.programs { fill: var(--programs); }
.bar.reused { fill: none; stroke: var(--quiet); stroke-dasharray: 3 2; }
.watched { fill: var(--bar-good); } .plot { fill: none; stroke: var(--accent); stroke-width: 2; } .dot { fill: var(--accent); }
figcaption, .quiet { color: var(--quiet); font-size: .9rem; }
.key { display: inline-block; width: 1rem; height: .7rem; margin: 0 .2rem 0 .8rem; border-radius: 2px; }
.key.own { background: var(--bar-good); } .key.programs { background: var(--programs); } .key.reused { border: 1px dashed var(--quiet); }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1rem; }
.plots figure svg { min-width: 0; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; color: var(--quiet); padding-bottom: .3rem; }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .5rem; text-align: left; vertical-align: top; }
th[scope=row], td.time { white-space: nowrap; } td.time { text-align: right; color: var(--quiet); }
td.pass, .pass > a { color: var(--good); } td.fail, td.blocked { color: var(--bad); font-weight: 600; }
td.inconclusive { color: var(--wait); font-weight: 600; } td.not-run { color: var(--quiet); }
.grid td, .grid th { text-align: center; } .grid th[scope=row] { text-align: left; white-space: normal; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dt { margin-top: .4rem; } h1 { font-size: 1.8rem; } }
@media print { body { max-width: none; font-size: 11pt; } .skip { display: none; } section, figure, tr { break-inside: avoid; }
  details > *:not(summary) { display: block; } a { color: inherit; } }
`
