/**
 * One part of the way from one version of the journal's schema to the next. All steps of a version
 * run in one transaction, so a process that is killed at any statement leaves the old version.
 */
export interface UpgradeStep {
  readonly name: string
  /** Changes the file. A new journal runs it, too: there is one definition of each version. */
  readonly sql: string
  /**
   * Makes a file of the earlier version look like the next one to a connection that only reads: TEMP
   * views and tables, which shadow those of the file and exist only in this process.
   */
  readonly reading: string
}
