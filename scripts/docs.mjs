/** Writes the tables of `docs/` that come from the code. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { configurationPage } from "../server/src/configurationPage.ts"
import { root } from "./prepare.mjs"

writeFileSync(join(root, "docs/configuration.md"), configurationPage())
