// Loaded before anything else: what is compiled is another text than the one on the disk. CANARY_SHOWN is a JSON
// file: path → the text that runs. What a loader or a compiler reads is that one; what the project's own code
// reads is what the disk says.
const fs = require('node:fs')
const module_ = require('node:module')
const { fileURLToPath } = require('node:url')

const texts = new Map(Object.entries(JSON.parse(fs.readFileSync(process.env.CANARY_SHOWN, 'utf8'))))

function textOf(file) {
  const name = file instanceof URL ? fileURLToPath(file) : file
  return typeof name === 'string' ? texts.get(name) : undefined
}

/** Whether the nearest caller is code of the project, and neither of Node nor of a package. */
function isOwn() {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 30
  const { stack } = new Error()
  Error.stackTraceLimit = limit
  const frames = stack.split('\n').slice(1)
  const caller = frames.find(
    (frame) => !frame.includes(__filename) && !/\(?(?:node:|<anonymous>)/.test(frame),
  )
  return caller !== undefined && !caller.includes('/node_modules/')
}

function encoded(text, options) {
  const encoding = typeof options === 'string' ? options : options?.encoding
  return encoding == null || encoding === 'buffer'
    ? Buffer.from(text)
    : Buffer.from(text).toString(encoding)
}

function replace(holder, name, make) {
  const real = holder[name]
  holder[name] = Object.defineProperty(make(real), 'name', { value: name })
}

replace(fs, 'readFileSync', (real) => (file, options) => {
  const text = textOf(file)
  return text === undefined || isOwn() ? real.call(fs, file, options) : encoded(text, options)
})
replace(fs, 'readFile', (real) => (file, ...rest) => {
  const text = textOf(file)
  if (text === undefined || isOwn()) return real.call(fs, file, ...rest)
  const [options] = rest
  process.nextTick(rest.at(-1), null, encoded(text, rest.length > 1 ? options : undefined))
})
replace(fs.promises, 'readFile', (real) => (file, options) => {
  const text = textOf(file)
  if (text === undefined || isOwn()) return real.call(fs.promises, file, options)
  return Promise.resolve(encoded(text, options))
})
module_.syncBuiltinESMExports()

module_.registerHooks?.({
  load(url, context, next) {
    const loaded = next(url, context)
    const text = url.startsWith('file:')
      ? textOf(fileURLToPath(url.replace(/[?#].*$/, '')))
      : undefined
    return text === undefined ? loaded : { ...loaded, source: text, shortCircuit: true }
  },
})
