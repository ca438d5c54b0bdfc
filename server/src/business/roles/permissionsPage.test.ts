import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { permissionsPage } from "./permissionsPage.ts"

it("is documented as it is decided", () => {
  expect(readFileSync(new URL("../../../../docs/permissions.md", import.meta.url), "utf8")).toBe(permissionsPage())
})
