/** Plain JavaScript of the page. Everything from the server is set as text, never as markup. */
export const PAGE_SCRIPT = `
'use strict';
const at = (id) => document.getElementById(id);
const SVG = 'http://www.w3.org/2000/svg';
let timer = 0;
let token = sessionStorage.getItem('hub-token') || '';

function element(name, text, className) {
  const node = document.createElement(name);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}
// A name is not trusted: what is invisible, or turns the direction of what follows, is written as an escape.
function visible(name) {
  return name.replace(/[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]/gu, (one) => one === '\\u200d' ? one : '\\\\u' + one.codePointAt(0).toString(16).padStart(4, '0'));
}
function row(cells) {
  const line = element('tr');
  for (const [text, className] of cells) line.append(element('td', className === 'name' ? visible(text) : text, className));
  return line;
}
function fill(id, rows, columns, empty) {
  at(id).replaceChildren(...(rows.length > 0 ? rows : [Object.assign(element('tr'), {})]));
  if (rows.length > 0) return;
  const cell = element('td', empty);
  cell.colSpan = columns;
  at(id).firstChild.append(cell);
}
function span(seconds) {
  if (seconds === null) return 'unknown';
  const value = Math.max(0, seconds);
  if (value < 90) return value + ' s';
  if (value < 5400) return Math.round(value / 60) + ' min';
  if (value < 129600) return Math.round(value / 3600) + ' h';
  return Math.round(value / 86400) + ' days';
}
function number(value) { return value.toLocaleString('en'); }
function counted(value, one, several) { return number(value) + ' ' + (value === 1 ? one : several); }
function bar(x, y, height, kind) {
  const rect = document.createElementNS(SVG, 'rect');
  rect.setAttribute('x', String(x)); rect.setAttribute('width', '8');
  rect.setAttribute('y', String(y)); rect.setAttribute('height', String(height));
  rect.setAttribute('class', kind);
  return rect;
}
function plot(minutes) {
  const total = (one) => one.stored + one.duplicates + one.refused;
  const most = Math.max(1, ...minutes.map(total));
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 600 120');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('role', 'img');
  const stored = minutes.reduce((sum, one) => sum + one.stored, 0);
  svg.setAttribute('aria-label', number(stored) + ' events stored in the last hour, at most ' + number(most) + ' arrived in a minute');
  minutes.forEach((one, index) => {
    let y = 118;
    for (const [kind, count] of [['stored', one.stored], ['duplicate', one.duplicates], ['refused', one.refused]]) {
      if (count === 0) continue;
      const height = Math.max(1, count / most * 114);
      y -= height;
      svg.append(bar(index * 10 + 1, y, height, kind));
    }
  });
  const axis = document.createElementNS(SVG, 'line');
  for (const [name, value] of [['x1', 0], ['x2', 600], ['y1', 119], ['y2', 119], ['class', 'axis']]) axis.setAttribute(name, String(value));
  svg.append(axis);
  const caption = element('figcaption', 'One bar a minute, at most ' + number(most) + '.');
  for (const [kind, text] of [['stored', 'stored'], ['duplicate', 'known already'], ['refused', 'refused']])
    { const entry = element('span', undefined, 'entry'); entry.append(element('span', undefined, 'key ' + kind), document.createTextNode(text)); caption.append(' ', entry); }
  at('rate').replaceChildren(svg, caption);
}
function attention(found, conflicts) {
  const lines = [];
  if (conflicts.length > 0) lines.push(counted(conflicts.length, 'conflict waits', 'conflicts wait') + ' for a decision: spec-kitty-hub conflicts list --tenant ' + found.tenant);
  if (found.readers_wait_seconds > 5) lines.push('Readers wait: events that arrived ' + number(found.readers_wait_seconds) + ' seconds ago cannot be read yet, because a transaction on this PostgreSQL server has been open since before (pg_stat_activity, pg_prepared_xacts).');
  const silent = found.machines.filter((one) => one.seconds_since > 604800);
  if (silent.length > 0) lines.push(counted(silent.length, 'machine was', 'machines were') + ' not heard of for a week.');
  for (const one of found.producers) {
    if (one.incident === 'producer-fenced') lines.push('Journal ' + one.id + ', epoch ' + one.epoch + ': two machines use it; one of them is a copy.');
    if (one.incident === 'producer-restored') lines.push('Journal ' + one.id + ', epoch ' + one.epoch + ': a home was copied or restored from a backup.');
  }
  for (const one of found.producers) {
    if (one.missing > 0) lines.push('Journal ' + one.id + ', epoch ' + one.epoch + ': ' + counted(one.missing, 'event is', 'events are') + ' missing below ' + one.highest + '.');
  }
  if (lines.length > 20) lines.splice(20, lines.length, 'And ' + number(lines.length - 20) + ' more; /api/v1/producers names each.');
  at('attention').replaceChildren(...(lines.length > 0
    ? lines.map((text) => element('li', text, 'bad'))
    : [element('li', 'Nothing. No gaps, no copies, no conflicts.', 'good')]));
}
function show(found, conflicts) {
  at('summary').textContent = 'Tenant ' + found.tenant + ': ' + number(found.events) + ' events from ' + number(found.machines.length) + ' machines.';
  attention(found, conflicts);
  plot(found.rate);
  fill('machines', found.machines.map((one) => row([[one.node_id, 'name'], [span(one.seconds_since) + ' ago', one.seconds_since > 604800 ? 'bad' : ''], [span(one.delivery_lag_seconds)], [one.first_heard_at.slice(0, 16)]])), 4, 'No machine has delivered yet.');
  fill('producers', found.producers.map((one) => row([[one.id, 'name'], [String(one.epoch)], [one.watermark === null ? 'not counted' : number(one.watermark)], [one.gaps.length === 0 ? 'none' : one.gaps.slice(0, 5).map(([a, b]) => a === b ? String(a) : a + '–' + b).join(', ') + (one.gaps.length > 5 ? ' …' : ''), one.gaps.length === 0 ? '' : 'bad'], [one.last_seen_at.slice(0, 19)]])), 5, 'No producer with an identity yet.');
  fill('conflicts', conflicts.map((one) => row([[one.event_id, 'name'], [one.digest.slice(0, 12), 'name'], [String(one.times)], [one.last_seen_at.slice(0, 19)]])), 4, 'None.');
}
async function ask(path) {
  const answer = await fetch(path, { headers: { authorization: 'Bearer ' + token } });
  if (answer.ok) return answer.json();
  const problem = await answer.json().catch(() => ({}));
  throw Object.assign(new Error((problem.detail || 'the hub answered ' + answer.status) + (problem.next ? '; ' + problem.next : '')), { status: answer.status });
}
async function refresh() {
  clearTimeout(timer);
  if (token === '') return;
  try {
    const [found, list] = await Promise.all([ask('/api/v1/overview'), ask('/api/v1/conflicts')]);
    at('error').hidden = true;
    at('login').hidden = true;
    at('content').hidden = false;
    show(found, list.conflicts);
    sessionStorage.setItem('hub-token', token);
  } catch (cause) {
    at('error').textContent = cause.status ? cause.message : 'The hub cannot be reached: ' + cause.message;
    at('error').hidden = false;
    if (cause.status === 401 || cause.status === 403) return forget();
  }
  timer = setTimeout(refresh, 5000);
}
function forget() {
  token = '';
  sessionStorage.removeItem('hub-token');
  at('login').hidden = false;
  at('content').hidden = true;
  at('summary').textContent = 'Enter a token with the scope "read".';
  at('token').value = '';
  at('token').focus();
}
at('login').addEventListener('submit', (event) => {
  event.preventDefault();
  token = at('token').value.trim();
  void refresh();
});
at('forget').addEventListener('click', forget);
void refresh();
`
