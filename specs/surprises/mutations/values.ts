/** A value that may be in place of another one, and what kind of value it is. */
type Other = readonly [kind: string, value: unknown]

/** Values of other types and neighbouring ones. */
export function otherValues(value: unknown): readonly Other[] {
  if (typeof value === 'number')
    return [
      ...ofAnyType,
      ...[...near, 1000].map((by): Other => [`${by} more`, value + by]),
      ['as a text', String(value)],
    ]
  return typeof value === 'string' ? [...ofAnyType, ...otherTexts(value)] : ofAnyType
}

const near = [1, -1, 2, -2]

const ofAnyType: readonly Other[] = [
  ...[null, true, false, 0, 1, -1, 0.5, 'x'].map((one): Other => [String(one), one]),
  ['a list', []],
  ['an object', {}],
  ['empty', ''],
  ['huge', 2 ** 53],
  ['a long text', 'y'.repeat(70_000)],
]

const words = [
  ...['ok', 'fail', 'pass', 'failed', 'passed', 'error', 'offline', 'degraded', 'down', 'unknown'],
  ...['skipped', 'not_ready', 'ready', 'xfail', 'pending', 'stale', 'null', 'undefined'],
]

function otherTexts(value: string): Other[] {
  return [
    ...words.map((word): Other => [`"${word}"`, word]),
    ['upper case', value.toUpperCase()],
    ['lower case', value.toLowerCase()],
    ['a space before', ` ${value}`],
    ['a space after', `${value} `],
    ['a line break after', `${value}\n`],
    ['a v before', `v${value}`],
    ['a path before', `../${value}`],
    ['a space near its end', `${value.slice(0, -4)} ${value.slice(-4)}`],
    ['a path near its end', `${value.slice(0, -4)}/../${value.slice(-4)}`],
    ['look-alike letters', value.replace(/[aeopc]/, (one) => lookAlikes[one] ?? one)],
    ['an invisible letter', `${value}\u200b`],
    ['one letter less', value.slice(0, -1)],
    ['older', value.replace(/\b20\d\d\b/, '2019')],
    ['newer', value.replace(/\b20\d\d\b/, '2099')],
    ...otherMoments(value),
    ...(/^\d+$/.test(value) ? otherDigits(value) : []),
  ]
}

const lookAlikes: Readonly<Record<string, string>> = {
  ...{ a: '\u0430', e: '\u0435', o: '\u043e', p: '\u0440', c: '\u0441' },
}

/** A time that is a little or much earlier or later. */
function otherMoments(value: string): Other[] {
  const moment = /^\d{4}-\d\d-\d\dT/.test(value) ? Date.parse(value) : Number.NaN
  if (Number.isNaN(moment)) return []
  const seconds = [...near, 60, 3600, 86_400].flatMap((by) => [by, -by])
  return seconds.map((by) => [`${by} s later`, new Date(moment + by * 1000).toISOString()])
}

function otherDigits(value: string): Other[] {
  return [
    ...['0', '1', '99999', '999999999', `-${value}`, `+${value}`, `${value}.5`, `0x${value}`],
    ...[`${value}, ${value}`, `${value}e3`, ` ${value}`],
  ].map((digits) => [`digits ${digits}`, digits])
}
