import { codeOf } from '../base/errors.ts'

/** Parameters travel as text; the SQL casts them, so that both drivers treat them alike. */
export type Value = string | number | null

/** Queries cast their columns to text. */
export type Row = Readonly<Record<string, string | null>>

/** A column that is never NULL; empty where the row is missing. */
export function textIn(row: Row | undefined, column: string): string {
  return row?.[column] ?? ''
}

/** A column that may be NULL. */
export function nullableIn(row: Row | undefined, column: string): string | null {
  return row?.[column] ?? null
}

/** A number that may be NULL. */
export function numberIn(row: Row | undefined, column: string): number | null {
  const text = nullableIn(row, column)
  return text === null ? null : Number(text)
}

/** Columns in their order, in UTF-8. */
export type ByteRow = readonly (Buffer | null)[]

/** One transaction. */
export interface Session {
  query(sql: string, params?: readonly Value[]): Promise<Row[]>
  /** The same for columns of text that go on as they are: their bytes, which belong to the caller. */
  bytes(sql: string, params: readonly Value[]): Promise<ByteRow[]>
  /** A part that may fail alone: what it did is taken back, and the transaction can go on. */
  part<T>(body: (session: Session) => Promise<T>): Promise<T>
}

/**
 * Steps of one transaction that go out together. It waits for all of them, also when one has failed:
 * what a step sends after the rollback would run outside the transaction, without the tenant.
 * @throws the first failure; not that the transaction is aborted, which is said of every step after it
 */
export async function together<Steps extends readonly unknown[] | []>(
  steps: Steps,
): Promise<{ -readonly [Place in keyof Steps]: Awaited<Steps[Place]> }> {
  const settled = await Promise.allSettled(steps)
  for (const one of settled)
    if (one.status === 'rejected' && codeOf(one.reason) !== ABORTED) throw one.reason
  return Promise.all(steps)
}

const ABORTED = '25P02'

/** The role that serves requests: it owns nothing, so row-level security always holds for it. */
export const APPLICATION_ROLE = 'spec_kitty_hub_app'

export interface Database {
  readonly kind: 'postgres' | 'embedded'
  /** For people: never holds a password. */
  readonly where: string
  /** A transaction of the application role that sees the rows of one tenant and no others. */
  asTenant<T>(tenantId: string, body: (session: Session) => Promise<T>): Promise<T>
  /** A transaction of the owner: schema, tenants, tokens, retention, verification. */
  asOperator<T>(body: (session: Session) => Promise<T>): Promise<T>
  /** One statement of the owner outside any transaction. */
  lookUp(sql: string, params?: readonly Value[]): Promise<Row[]>
  close(): Promise<void>
}

/** A setting by which the database tells a hub of this program from an older one (`schema/sequences.ts`). */
export const SPEAKS = { name: 'sequences', value: 'rows' } as const

/** Begins every transaction of the application: role and tenant last until its end. */
export const ENTER_TENANT = `
  SELECT set_config('role', '${APPLICATION_ROLE}', true), set_config('hub.tenant', $1::text, true)`

/** A PostgreSQL array in its text form. */
export function arrayText(values: readonly (string | number)[]): string {
  return `{${values.map(element).join(',')}}`
}

function element(value: string | number): string {
  const text = String(value)
  if (/^[\w.:+-]+$/.test(text) && text.toLowerCase() !== 'null') return text
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** Values of a column that separates them by a character that no JSON text holds unescaped. */
export const SEPARATOR = '\u001e'
