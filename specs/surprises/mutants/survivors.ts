/**
 * Checks that no surprise needs: where they are, a part of their text, and why nothing is released without
 * them. A check that survives and is not here fails `npm run surprises -- --mutants`.
 */
export const survivors: readonly (readonly [file: string, check: string, why: string])[] = []
