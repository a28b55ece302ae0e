export { isCheckout, typedFormHere } from './program/place.ts'
export { UsageError } from './program/usage-error.ts'
