/** Every operation of the business API. */
import * as keys from "./api/keys.ts"

export const businessHandlers = Object.values(keys)
