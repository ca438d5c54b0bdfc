/** Writes the tables of `docs/` that come from the code. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { permissionsPage } from "../server/src/business/roles/permissionsPage.ts"
import { configurationPage } from "../server/src/configurationPage.ts"
import { root } from "./prepare.mjs"

writeFileSync(join(root, "docs/configuration.md"), configurationPage())
writeFileSync(join(root, "docs/permissions.md"), permissionsPage())
