/**
 * Checks that no surprise needs: where they are, a part of their text, and why nothing is released without
 * them. A check that survives and is not here fails `npm run surprises -- --mutants`.
 */
export const survivors: readonly (readonly [file: string, check: string, why: string])[] = [
  ['documents/src/error.ts', 'instanceof DocumentError', 'it chooses the words of a refusal'],
  ['documents/src/json.ts', 'root === undefined', 'what follows cannot read a text without a root'],
  ['documents/src/json.ts', 'errors.length > 0', 'JSON.parse has refused such a text before'],
  ['documents/src/json.ts', "fractions === 'any'", 'without it more is refused, not less'],
  ['documents/src/text.ts', 'sizeBytes === 0', 'no parser takes an empty text'],
  ['documents/src/text.ts', 'isWellFormed', 'bytes are decoded by what refuses them already'],
  ['documents/src/text.ts', 'NUL character', 'the parsers of JSON and XML refuse it, too'],
  ['documents/src/xml.ts', 'element === undefined', 'an element that ends has begun'],
  ['github/schemas.ts', 'z.int()', 'a number is compared with the one that was asked for'],
  [
    'github/schemas.ts',
    "['open', 'closed']",
    'the refinement of the schema believes no other state',
  ],
  ['github/schemas.ts', "['completed', 'not_planned'", 'only "completed" is believed to be solved'],
  ['github/transport.ts', 'response.body === null', 'an answer without a body fits no schema'],
  [
    'github/transport.ts',
    'instanceof DocumentError',
    'it passes on an error that is none of a document',
  ],
  ['blockers/linkage.ts', "'no-graphql'", 'it says what to do where GraphQL is missing'],
]
