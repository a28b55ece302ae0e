export type RequirementId = `GATE/${string}` | `BOUNDARY/${string}` | `SYNC/${string}`
