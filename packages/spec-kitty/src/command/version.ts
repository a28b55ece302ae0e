/** The version of this program. A build of a release candidate replaces this module, nothing else. */
export const VERSION = '0.2.0'
