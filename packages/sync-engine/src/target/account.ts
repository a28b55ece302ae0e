/** The account of what was captured without a login. */
export const NO_ACCOUNT = ''

/** One spelling for one account. */
export function accountName(email: string | undefined): string {
  return email?.trim().toLowerCase() ?? NO_ACCOUNT
}
