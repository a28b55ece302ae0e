/** Light and dark from the reader's system; tables scroll by themselves on a phone. */
export const PAGE_STYLE = `
:root { --back: #ffffff; --text: #1b1f24; --soft: #57606a; --line: #d0d7de; --card: #f6f8fa; --good: #1a7f37; --bad: #b3261e; --bar: #0a66c2; --dup: #8c959f; --focus: #0a66c2; }
@media (prefers-color-scheme: dark) { :root { --back: #0d1117; --text: #e6edf3; --soft: #9aa4af; --line: #30363d; --card: #161b22; --good: #56d364; --bad: #ff8a80; --bar: #58a6ff; --dup: #6e7681; --focus: #58a6ff; } }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
.entry { white-space: nowrap; }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
header, main { max-width: 72rem; margin: 0 auto; padding: 0 1rem; }
main { padding-bottom: 3rem; }
main:focus { outline: none; }
h1 { margin: 1.25rem 0 0; font-size: 1.5rem; }
h2 { margin: 2rem 0 .5rem; font-size: 1.125rem; }
#summary { margin: .25rem 0 1rem; color: var(--soft); }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .25rem .5rem; z-index: 1; }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; padding: 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
input { flex: 1 1 14rem; min-width: 0; font: inherit; padding: .4rem .6rem; color: inherit; background: var(--back); border: 1px solid var(--soft); border-radius: .35rem; }
button { font: inherit; padding: .4rem .9rem; color: inherit; background: var(--card); border: 1px solid var(--soft); border-radius: .35rem; cursor: pointer; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.hint { flex-basis: 100%; margin: 0; color: var(--soft); font-size: .875rem; }
#error, .bad { color: var(--bad); font-weight: 600; }
.good { color: var(--good); }
ul { margin: 0; padding-left: 1.25rem; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .45rem .75rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
tbody tr:last-child td { border-bottom: 0; }
th { background: var(--card); font-weight: 600; }
td.name { min-width: 14ch; max-width: min(28rem, 60vw); overflow: clip; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; font-family: ui-monospace, monospace; font-size: .875rem; }
#summary, #error, #attention { overflow-wrap: anywhere; }
figure { margin: 0; padding: .75rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
figure svg { display: block; width: 100%; height: 9rem; }
figcaption { margin-top: .5rem; color: var(--soft); font-size: .875rem; }
.stored { fill: var(--bar); } .duplicate { fill: var(--dup); } .refused { fill: var(--bad); }
.axis { stroke: var(--line); }
.key { display: inline-block; width: .7rem; height: .7rem; margin: 0 .3rem 0 .8rem; border-radius: .15rem; }
.key.stored { background: var(--bar); } .key.duplicate { background: var(--dup); } .key.refused { background: var(--bad); }
`
