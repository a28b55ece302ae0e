/** The account of what was captured without a login. */
export const NO_ACCOUNT = ''

/** One spelling for one account. */
export function accountName(email: string | undefined): string {
  return email?.trim().toLowerCase() ?? NO_ACCOUNT
}

/**
 * The account of events whose account nobody can tell: of a damaged page, or of a file that does not say. They
 * wait for a consent of their own, `sync allow --account unknown`.
 */
export const UNKNOWN_ACCOUNT = 'unknown'
