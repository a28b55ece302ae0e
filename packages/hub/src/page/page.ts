import { createHash } from 'node:crypto'
import { PAGE_SCRIPT } from './script.ts'
import { PAGE_STYLE } from './style.ts'

const digest = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Nothing but the page's own script and style runs, and it talks to its own hub only. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `script-src ${digest(PAGE_SCRIPT)}`,
  `style-src ${digest(PAGE_STYLE)}`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>spec-kitty hub</title>
<link rel="icon" href="data:,">
<style>${PAGE_STYLE}</style>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header>
<h1>spec-kitty hub</h1>
<p id="summary" role="status">Enter a token with the scope "read".</p>
</header>
<main id="main" tabindex="-1">
<form id="login">
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="off" spellcheck="false" required placeholder="skh_…">
<button>Show</button>
<p class="hint">The token stays in this tab and is forgotten when it closes.</p>
</form>
<p id="error" role="alert" hidden></p>
<div id="content" hidden>
<section aria-labelledby="attention-title"><h2 id="attention-title">Needs attention</h2><ul id="attention"></ul></section>
<section aria-labelledby="rate-title"><h2 id="rate-title">Events in the last hour</h2><figure id="rate"></figure></section>
<section aria-labelledby="machines-title"><h2 id="machines-title">Machines</h2><div class="scroll" tabindex="0" role="region" aria-labelledby="machines-title"><table><thead><tr><th scope="col">Machine</th><th scope="col">Last heard of</th><th scope="col">Delivery lag</th><th scope="col">First heard of</th></tr></thead><tbody id="machines"></tbody></table></div></section>
<section aria-labelledby="producers-title"><h2 id="producers-title">Producers</h2><div class="scroll" tabindex="0" role="region" aria-labelledby="producers-title"><table><thead><tr><th scope="col">Journal</th><th scope="col">Epoch</th><th scope="col">Complete up to</th><th scope="col">Gaps</th><th scope="col">Last heard of</th></tr></thead><tbody id="producers"></tbody></table></div></section>
<section aria-labelledby="conflicts-title"><h2 id="conflicts-title">Conflicts</h2><div class="scroll" tabindex="0" role="region" aria-labelledby="conflicts-title"><table><thead><tr><th scope="col">Event</th><th scope="col">Other content</th><th scope="col">Times</th><th scope="col">Last seen</th></tr></thead><tbody id="conflicts"></tbody></table></div></section>
<p><button id="forget" type="button">Forget the token</button></p>
</div>
</main>
<noscript><p>This page needs JavaScript. The same facts are at /api/v1/overview.</p></noscript>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`

/** The page for people: one document that loads nothing else and shows what the API tells it. */
export function page(): string {
  return PAGE
}
