import fc from 'fast-check'
import { lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { expect } from 'vitest'
import { temporaryHome } from '../../fixtures/engine/home.ts'
import { setConfig } from '../../packages/sync-engine/src/home/config-file.ts'
import { withTomlValue } from '../../packages/sync-engine/src/home/toml-edit.ts'
import { spec } from '../spec.ts'

const TABLE = 'sync'
const KEY = 'server_url'
type Tables = Record<string, unknown>

/** Ways of writing one key. */
const written = (key: string): fc.Arbitrary<string> => fc.constantFrom(key, `"${key}"`, `'${key}'`)

const comment = fc.constantFrom('', '', ' # why', ' # [sync]', ' # server_url = "x"')
const newline = fc.constantFrom('\n', '\r\n')
const text = fc.oneof(
  fc.constantFrom('"plain"', "'raw'", '"with \\" mark"', '"#"', '"[sync]"', '"{"'),
  fc.constantFrom(
    '"""\n[sync]\nserver_url = "x"\n"""',
    "'''\n[sync]\n'''",
    '"""a""b"""',
    '"""two""""',
  ),
)
const value: fc.Arbitrary<string> = fc.oneof(
  text,
  fc.constantFrom('1', 'true', '1979-05-27T07:32:00Z', '0x1f', '1e3', '-inf'),
  fc.constantFrom(
    '[1, 2]',
    '[\n  "a", # [sync]\n  "]",\n]',
    '[{ a = "}" }, { b = [1] }]',
    '[]',
    '{}',
  ),
  fc.constantFrom('{ server_url = "inner", x = { y = 1 } }'),
)

const statement = (names: readonly string[]) =>
  fc
    .tuple(fc.constantFrom(...names).chain(written), value, comment)
    .map(([name, one, why]) => `${name} = ${one}${why}`)

/** A document in one of the ways in which the table can be written, or without it. */
const document: fc.Arbitrary<string> = fc
  .record({
    title: fc.option(statement(['title']), { nil: '' }),
    form: fc.constantFrom('table', 'dotted', 'inline', 'none', 'quoted', 'sub only', 'spaced'),
    hasKey: fc.boolean(),
    old: text,
    name: written(KEY),
    table: written(TABLE),
    other: statement(['other', 'server_urls', 'x-server_url']),
    inlineOther: fc.constantFrom('other = 1', '\'other\' = "}"', 'other = { server_url = "no" }'),
    why: comment,
    end: fc.constantFrom(
      '',
      '[event_sync]\nmode = "X"\n',
      '[[sync_list]]\nserver_url = "no"\n',
      '["sync.x"]\nserver_url = "no"\n',
    ),
    isEnded: fc.boolean(),
    newline,
  })
  .map((parts) => {
    const { form, hasKey, name, table, old, other, inlineOther, why } = parts
    const key = hasKey ? [`${name} = ${old}${why}`] : []
    const body = {
      none: [],
      table: [`[${TABLE}]${why}`, other, ...key],
      quoted: [`["${TABLE}"]`, ...key, other],
      spaced: [`  [ ${table} ]`, '', ...key.map((line) => `\t${line}`)],
      dotted: [`${table} . ${other}`, ...(hasKey ? [`${table}.${name} = ${old}`] : [])],
      inline: [
        `${table} = {${[...(hasKey ? [`${name} = "old"`] : []), inlineOther].join(', ')} }${why}`,
      ],
      'sub only': [`[${table}.headers]`, 'server_url = "no"'],
    }[form]
    const lines = [
      parts.title,
      ...(form === 'dotted' || form === 'inline' ? body : ['# note', ...body]),
    ]
    const whole = `${lines.join('\n')}\n${parts.end}`
    const ended = parts.isEnded ? whole : whole.replace(/\n$/, '')
    return ended.replaceAll('\n', parts.newline)
  })
  .filter((whole) => {
    try {
      parse(whole)
      return true
    } catch {
      return false
    }
  })

spec(
  ['SYNC/FR-005', 'SYNC/T077', 'BOUNDARY/C-005'],
  'a value is set in any valid TOML: the document means the same but for it, and every other line stays',
  () => {
    const forms = new Set<boolean>()
    fc.assert(
      fc.property(document, fc.string({ unit: 'grapheme' }), (before, wanted) => {
        const after = withTomlValue(before, TABLE, KEY, wanted)
        expect(after, before).toBeDefined()
        const old = parse(before) as Tables
        const table = { ...(old[TABLE] as Tables | undefined), [KEY]: wanted }
        expect(parse(after ?? '')).toEqual({ ...old, [TABLE]: table })
        const kept = before.split(/\r?\n/).filter((line) => (after ?? '').includes(line))
        forms.add(KEY in ((old[TABLE] as Tables | undefined) ?? {}))
        // At most the lines of the value itself are other ones: a long string has three.
        expect(before.split(/\r?\n/).length - kept.length).toBeLessThanOrEqual(4)
        expect(withTomlValue(after ?? '', TABLE, KEY, wanted)).toBe(after)
      }),
      { numRuns: 1_000 },
    )
    expect(forms.size).toBe(2)
  },
)

spec(
  ['SYNC/FR-005', 'SYNC/NFR-006'],
  'an inline table gets no comma behind its last value: readers of TOML 1.0 refuse the whole file',
  () => {
    for (const [before, after] of [
      ['sync = {}', 'sync = { server_url = "new"}'],
      ['sync = { }', 'sync = { server_url = "new" }'],
      ['sync = {a = 1}', 'sync = { server_url = "new", a = 1}'],
    ] as const)
      expect(withTomlValue(`${before}\n`, TABLE, KEY, 'new')).toBe(`${after}\n`)
  },
)

spec(
  ['SYNC/FR-005', 'SYNC/T077'],
  'where the value cannot be written, the file is refused and not touched; a link stays a link',
  () => {
    using world = temporaryHome()
    const path = join(world.home, 'config.toml')
    for (const text of ['sync = 5\n', '[[sync]]\nx = 1\n', 'sync = [{}]\n', 'a = \n']) {
      writeFileSync(path, text)
      expect(() => setConfig(path, TABLE, KEY, 'x')).toThrow(/Next/)
      expect(readFileSync(path, 'utf8')).toBe(text)
    }
    writeFileSync(path, 'a = 1\n')
    expect(() => setConfig(path, TABLE, KEY, 'half \ud800')).toThrow(/by hand/)
    expect(readFileSync(path, 'utf8')).toBe('a = 1\n')
    mkdirSync(join(world.home, 'dotfiles'))
    symlinkSync('dotfiles/real.toml', join(world.home, 'linked.toml'))
    for (const wanted of ['one', 'two']) {
      setConfig(join(world.home, 'linked.toml'), TABLE, KEY, wanted)
      expect(lstatSync(join(world.home, 'linked.toml')).isSymbolicLink()).toBe(true)
      expect(parse(readFileSync(join(world.home, 'dotfiles', 'real.toml'), 'utf8'))).toEqual({
        sync: { server_url: wanted },
      })
    }
  },
)
