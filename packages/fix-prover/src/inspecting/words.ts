/**
 * What a language calls things by: data, each list with a case of the corpus. A word of these lists
 * only makes somebody look closer; it rejects nothing.
 */
export interface Words {
  readonly extension: RegExp
  /** Calls that only put something out. */
  readonly writes: RegExp
  /** The head of a compound that only writes a file of diagnostics. */
  readonly writesFile?: RegExp
  /** Asks whether tests are run. */
  readonly asksForTest: RegExp
  /** A variable of the environment, or a setting by another name, that is read. */
  readonly setting: RegExp
}

const anyLogger =
  String.raw`\b(?:\w*_?)(?:log|logs|logger|logging|console|tracer|tracing|loguru|winston|pino|slog|zap)(?:\(\))?[.!]` +
  String.raw`|\b(?:metrics?|statsd|telemetry|stats_?client|meter|span)(?:\(\))?\.\w+\(` +
  String.raw`|\w*(?:breadcrumb|diagnostic)s?\w*(?:\.\w+)*\(|\b(?:debug|trace|warn)(?:_?channel)?(?:\.publish)?\(`

const settingOfQuotes =
  /(?:[Gg]et_?[Ee]nv|[Ll]ookup_?[Ee]nv|env::var\w*|getProperty|environ(?:\.get)?)[([]["'](?<name>[^"']+)["']/g

export const languages: readonly Words[] = [
  {
    extension: /\.pyi?$/,
    writes: new RegExp(
      `${anyLogger}|\\b(?:print|pprint|click\\.s?echo|typer\\.s?echo|warnings\\.warn|traceback\\.print_\\w+|sentry_sdk\\.\\w+)\\(|\\bstd(?:out|err)\\b|\\bos\\.write\\([12]|(?:debug|trace|diagnos|breadcrumb|\\.log\\b).*\\.write_(?:text|bytes)\\(`,
      'i',
    ),
    writesFile: /^with.*\bopen\([^)]*(?:debug|trace|diagnos|breadcrumb|\.log\b)/i,
    asksForTest:
      /["'](?:_?pytest|unittest|PYTEST_\w+|TESTING|UNDER_TEST|IS_TEST|RUNNING_TESTS|CI)["']|\b(?:_getframe|currentframe|extract_stack|inspect\.stack|sys\.(?:argv|modules))\b/,
    setting: settingOfQuotes,
  },
  {
    extension: /\.[cm]?[jt]sx?$/,
    writes: new RegExp(
      `${anyLogger}|\\bprocess\\.(?:std(?:out|err)|emitWarning)\\b|\\bSentry\\.|\\bperformance\\.(?:mark|measure)|\\bfs\\.writeSync\\([12]|channel\\S*\\.publish\\(|(?:append|write)File(?:Sync)?\\([^)]*(?:debug|trace|diagnos|breadcrumb|\\.log\\b)`,
      'i',
    ),
    asksForTest:
      /\b(?:NODE_TEST_CONTEXT|JEST_WORKER_ID|VITEST\w*|NODE_ENV|TESTING|UNDER_TEST|IS_TEST|process\.(?:argv|execArgv)|require\.main|captureStackTrace)\b|\bError\([^)]*\)\.stack\b/,
    setting: /process\.env(?:\.|\[["'])(?<name>\w+)/g,
  },
  {
    extension: /\.go$/,
    writes: /\b(?:log|slog|logger|zap)\.\w+\(|\bfmt\.(?:Fp|P)rint\w*\(/,
    asksForTest:
      /testing\.Testing\(|os\.Args|runtime\.Callers?\(|["'](?:CI|TESTING|UNDER_TEST|GO_TEST\w*)["']/,
    setting: settingOfQuotes,
  },
  {
    extension: /\.rs$/,
    writes: /\b(?:log|tracing)::|\b(?:e?println|eprint|print|debug|info|warn|error|trace)!/,
    asksForTest: /cfg!\(test\)|env::args|Backtrace|["'](?:CI|TESTING|UNDER_TEST)["']/,
    setting: settingOfQuotes,
  },
  {
    extension: /\.(?:java|kt)$/,
    writes: /\b(?:log|logger|logging)\.\w+\(|\bSystem\.(?:out|err)\b|\bprintln\(/i,
    asksForTest: /\borg\.junit\b|getStackTrace\(|StackWalker|["'](?:CI|TESTING|UNDER_TEST)["']/,
    setting: settingOfQuotes,
  },
]

/** @param listed further functions whose only effect is output, as a criterion names them */
export function wordsOf(path: string, listed: readonly string[] = []): Words | undefined {
  const words = languages.find(({ extension }) => extension.test(path))
  if (words === undefined || listed.length === 0) return words
  const names = listed.map((name) => name.replaceAll('$', String.raw`\$`)).join('|')
  return {
    ...words,
    writes: new RegExp(`${words.writes.source}|\\b(?:${names})\\(`, words.writes.flags),
  }
}

/** How the tests of any language get at what was put out. */
export const catchesOutput =
  /Set(?:Output|Out|Err)|set(?:Out|Err)\b|[Ss]td(?:out|err)|[Cc]ap(?:tur|log|sys|fd)|[Ll]ogg?(?:er|ing|s)?\b|console|Appender|tracing|emitWarning|diagnostics?_?channel/

const times =
  /time_?out|deadline|delay|interval|back_?off|grace|ttl|retr(?:y|ies)|attempts?|sleep|(?:^|[\W_])waits?(?:$|[\W_])|window|poll|expir|seconds|millis|elapsed|duration|\w_(?:ms|secs?|s)\b/i
/** `waitMs`, but not `items`. */
const unitsOfTime = /[a-z\d](?:Ms|Secs?)\b/

/** Whether a line may only say how long or how often. */
export function isTuning(line: string): boolean {
  return times.test(line) || unitsOfTime.test(line)
}
