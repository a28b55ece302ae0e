import XMLBuilder from 'fast-xml-builder'
import { allowedInXml } from './characters.ts'

/** Attributes begin with `@`. What XML does not allow in a text or an attribute is shown, not written. */
const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  suppressEmptyNode: true,
  format: true,
  tagValueProcessor: (_name, value) => allowedInXml(String(value)),
  attributeValueProcessor: (_name, value) => allowedInXml(String(value)),
})

/** A JUnit document from its `testsuites`. */
export function junitDocument(testsuites: object): string {
  return builder.build({ '?xml': { '@version': '1.0', '@encoding': 'UTF-8' }, testsuites })
}

/** `<properties>` of a suite or a case. */
export function junitProperties(values: Readonly<Record<string, string>>): object {
  const all = Object.entries(values)
  return { property: all.map(([name, value]) => ({ '@name': name, '@value': value })) }
}
