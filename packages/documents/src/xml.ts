import { SaxesParser } from 'saxes'
import { DocumentError } from './error.ts'
import { decodeText } from './text.ts'

export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** Character data directly inside, in its order. */
  readonly text: string
}

interface Open {
  readonly name: string
  readonly attributes: Record<string, string>
  readonly children: XmlElement[]
  text: string
}

const deepest = 32

/**
 * Parses well-formed XML 1.0 in UTF-8, without a document type: entities of its own let a document say
 * what its bytes do not show.
 *
 * @throws DocumentError with the first reason
 */
export function parseXml(source: Uint8Array | string, maximumBytes: number): XmlElement {
  const text = decodeText(source, maximumBytes)
  const parser = new SaxesParser()
  const open: Open[] = []
  let root: XmlElement | undefined
  const refuse = (why: string): never => {
    throw new DocumentError([`it is not an acceptable XML document: ${why}`])
  }
  const addText = (data: string): void => {
    const element = open.at(-1)
    if (element !== undefined) element.text += data
  }
  parser.on('error', (error) => refuse(error.message))
  parser.on('doctype', () => refuse('it declares a document type'))
  parser.on('xmldecl', ({ encoding, version }) => {
    if (encoding !== undefined && !/^utf-?8$/i.test(encoding)) refuse(`its encoding is ${encoding}`)
    if (version !== undefined && version !== '1.0') refuse(`its version is ${version}`)
  })
  parser.on('opentag', ({ name, attributes }) => {
    if (open.length >= deepest) refuse(`it is nested deeper than ${deepest} levels`)
    open.push({ name, attributes: { ...attributes }, children: [], text: '' })
  })
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('closetag', () => {
    const element = open.pop()
    if (element === undefined) return
    const parent = open.at(-1)
    if (parent === undefined) root = element
    else parent.children.push(element)
  })
  parser.write(text).close()
  return root ?? refuse('it has no element')
}
