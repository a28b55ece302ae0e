/**
 * Variables that make git work on something other than the folder it is started in, or read that
 * folder otherwise than it stands there: whoever calls the gate from a hook has set some of them to a
 * repository of their own. How git reaches a server, and who is asked for a password, is not among them.
 */
export const steeringGit = [
  ...['GIT_DIR', 'GIT_WORK_TREE', 'GIT_COMMON_DIR', 'GIT_INDEX_FILE', 'GIT_PREFIX'],
  ...['GIT_NAMESPACE', 'GIT_OBJECT_DIRECTORY', 'GIT_ALTERNATE_OBJECT_DIRECTORIES'],
  ...['GIT_GRAFT_FILE', 'GIT_SHALLOW_FILE', 'GIT_REPLACE_REF_BASE', 'GIT_ATTR_SOURCE'],
  ...['GIT_EXTERNAL_DIFF', 'GIT_DIFF_OPTS'],
  ...['GIT_LITERAL_PATHSPECS', 'GIT_GLOB_PATHSPECS', 'GIT_NOGLOB_PATHSPECS'],
  ...['GIT_ICASE_PATHSPECS', 'GIT_TEMPLATE_DIR'],
] as const
