/** The migrations in their order. A number, once released, never changes its meaning. */
import foundation from "./0001_foundation.ts"

export const migrations = {
  "0001_foundation": foundation,
}
