/** One real PostgreSQL for a test run, and a fresh database in it for whoever asks. */
import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Exit, Scope } from "effect"
import { start } from "@biz1/server/embedded/EmbeddedPostgres"

const variable = "BIZ1_TEST_POSTGRES"

/** Starts the cluster before the first test file and removes it after the last. */
export default async () => {
  const folder = mkdtempSync(join(tmpdir(), "biz1-pg-"))
  const scope = await Effect.runPromise(Scope.make())
  const postgres = await Effect.runPromise(
    start({ folder, settings: { max_connections: "300" } }).pipe(Effect.provideService(Scope.Scope, scope)),
  )
  process.env[variable] = postgres.url("{name}")
  return async () => {
    await Effect.runPromise(Scope.close(scope, Exit.void))
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The URL of a database that nobody else uses. It is made by whoever connects first, as a server does. */
export const freshDatabaseUrl = () => {
  const template = process.env[variable]
  if (template === undefined) throw new Error("Tests with a database run through vitest.config.ts")
  return template.replace("{name}", `test_${randomBytes(6).toString("hex")}`)
}
