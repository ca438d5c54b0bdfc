/** The migrations in their order. A number, once released, never changes its meaning. */
import foundation from "./0001_foundation.ts"
import relations from "./0002_relations.ts"

export const migrations = {
  "0001_foundation": foundation,
  "0002_relations": relations,
}
