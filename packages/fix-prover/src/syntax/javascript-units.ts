import type { Unit } from './language.ts'
import { type Node, wordsOf } from './node.ts'

const functionTypes = new Set(['ArrowFunction', 'FunctionExpression', 'ClassExpression'])

export function unitsOf(statement: Node): Unit[] {
  switch (statement.type) {
    case 'ExportDeclaration':
      return statement.children.flatMap((child) => unitsOf(child))
    case 'FunctionDeclaration':
      return [unit(definedName(statement) ?? 'default', 'function', statement)]
    case 'ClassDeclaration':
      return classUnits(definedName(statement) ?? 'default', statement)
    case 'VariableDeclaration':
      return declaredUnits(statement)
    case 'ExpressionStatement':
      return assignedUnits(statement)
    default:
      return []
  }
}

function definedName(node: Node): string | null {
  return node.children.find(({ type }) => type === 'VariableDefinition')?.text ?? null
}

function unit(name: string, kind: Unit['kind'], raw: Node): Unit {
  return { name, kind, raw: [raw], from: raw.from, to: raw.to }
}

function classUnits(name: string, declaration: Node): Unit[] {
  const body = declaration.children.find(({ type }) => type === 'ClassBody')
  const members = (body?.children ?? []).flatMap((member): Unit[] => {
    const own = memberName(member)
    if (own === null) return []
    if (member.type === 'MethodDeclaration') return [unit(`${name}.${own}`, 'function', member)]
    const isFunction = member.children.some(({ type }) => functionTypes.has(type))
    return [unit(`${name}.${own}`, isFunction ? 'function' : 'constant', member)]
  })
  return [unit(name, 'class', declaration), ...members]
}

function memberName(member: Node): string | null {
  if (!/^(?:Method|Property)Declaration$|^Property$/.test(member.type)) return null
  const named = member.children.find(({ type }) =>
    ['PropertyDefinition', 'PrivatePropertyDefinition', 'String'].includes(type),
  )
  return named?.text.replace(/^['"]|['"]$/g, '') ?? null
}

/** `const f = () => {}`, `const LIMIT = 3`, `const queue = { push() {} }`. */
function declaredUnits(statement: Node): Unit[] {
  const definitions = statement.children.filter(({ type }) => type === 'VariableDefinition')
  const [definition, second] = definitions
  const value =
    statement.children[statement.children.findIndex(({ type }) => type === 'Equals') + 1]
  if (definition === undefined || second !== undefined || value === undefined) return []
  return valueUnits(definition.text, statement, value)
}

/** `exports.f = function () {}`, `module.exports = { f() {} }`, `Queue.prototype.push = …`. */
function assignedUnits(statement: Node): Unit[] {
  const assignment = statement.children.find(({ type }) => type === 'AssignmentExpression')
  const [target, operator, value] = assignment?.children ?? []
  if (target?.type !== 'MemberExpression' || operator?.type !== 'Equals' || value === undefined)
    return []
  const path = wordsOf(target).replaceAll(' ', '')
  const name = path.replace(/^(?:module\.)?exports\.?/, '').replace('.prototype.', '.')
  if (!functionTypes.has(value.type) && value.type !== 'ObjectExpression') return []
  const isNamed = name === '' && value.type !== 'ObjectExpression'
  return valueUnits(isNamed ? (definedName(value) ?? '') : name, statement, value)
}

function valueUnits(name: string, statement: Node, value: Node): Unit[] {
  if (value.type === 'ClassExpression')
    return classUnits(name, { ...statement, children: value.children })
  if (functionTypes.has(value.type)) return [unit(name, 'function', statement)]
  if (value.type !== 'ObjectExpression')
    return isRequire(value) ? [] : [unit(name, 'constant', statement)]
  const prefix = name === '' ? '' : `${name}.`
  const members = value.children.flatMap((property): Unit[] => {
    const own = memberName(property)
    const isFunction = property.children.some(
      ({ type }) => functionTypes.has(type) || type === 'ParamList',
    )
    return own === null || !isFunction ? [] : [unit(prefix + own, 'function', property)]
  })
  return [...(name === '' ? [] : [unit(name, 'constant', statement)]), ...members]
}

export function isRequire(value: Node): boolean {
  const [callee, list] = value.children
  return value.type === 'CallExpression' && callee?.text === 'require' && list?.type === 'ArgList'
}

export function moduleUnit(file: Node): Unit {
  return { ...unit('<module>', 'module', file), raw: file.children }
}
