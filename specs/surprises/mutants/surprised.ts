/** Exit code of `run.ts --near=…` where a surprise was released wrongly; others say that it did not run. */
export const SURPRISED = 3
