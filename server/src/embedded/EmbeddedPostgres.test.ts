import { spawnSync } from "node:child_process"
import { chmodSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { Effect, Exit, Redacted, Schedule, Scope } from "effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { start, type Postgres } from "./EmbeddedPostgres.ts"
import { pidFile } from "./postmaster.ts"

let folder: string
let scopes: Array<Scope.Closeable> = []

beforeEach(() => {
  const base = mkdtempSync(join(tmpdir(), "biz1-embedded-"))
  chmodSync(base, 0o755)
  folder = join(base, "postgres")
})
afterEach(async () => {
  for (const scope of scopes) await Effect.runPromise(Scope.close(scope, Exit.void))
  scopes = []
  rmSync(dirname(folder), { recursive: true, force: true })
})

const run = async () => {
  const scope = await Effect.runPromise(Scope.make())
  scopes.push(scope)
  const postgres = await Effect.runPromise(start({ folder }).pipe(Effect.provideService(Scope.Scope, scope)))
  return { postgres, stop: () => Effect.runPromise(Scope.close(scope, Exit.void)) }
}

const query = (postgres: Postgres, text: string) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    return yield* sql.unsafe(text)
  }).pipe(
    Effect.provide(PgClient.layer({ url: Redacted.make(postgres.url("postgres")), maxConnections: 1 })),
    Effect.scoped,
  )
const ask = (postgres: Postgres, text: string) => Effect.runPromise(query(postgres, text))

const data = () => join(folder, "data")
const pid = () => Number(readFileSync(pidFile(data()), "utf8").split("\n")[0])

describe("PostgreSQL of our own", () => {
  it("keeps what it has over a stop and a start", async () => {
    const first = await run()
    await ask(first.postgres, "CREATE TABLE kept (x int)")
    await first.stop()
    expect(existsSync(pidFile(data()))).toBe(false)
    const second = await run()
    expect(await ask(second.postgres, "SELECT * FROM kept")).toEqual([])
  })

  it("is started again when it ends by itself", async () => {
    const { postgres } = await run()
    await ask(postgres, "CREATE TABLE kept (x int)")
    process.kill(pid(), "SIGKILL")
    const answered = query(postgres, "SELECT * FROM kept").pipe(Effect.retry(Schedule.spaced("50 millis")))
    expect(await Effect.runPromise(answered)).toEqual([])
  })

  it("starts after both were killed, though another process has the pid by now", async () => {
    const { stop } = await run()
    const file = readFileSync(pidFile(data()), "utf8")
    await stop()
    writeFileSync(pidFile(data()), file.replace(/^\d+/, String(process.pid)))
    writeFileSync(join(folder, "run", ".s.PGSQL.5432.lock"), file.replace(/^\d+/, String(process.pid)))
    const again = await run()
    expect(await ask(again.postgres, "SELECT 1 AS one")).toEqual([{ one: 1 }])
  })

  it("does not share a folder with another start", async () => {
    await run()
    await expect(run()).rejects.toThrow("already running on this data folder")
  })

  it("takes over from a start that was killed", async () => {
    const program = `
      import { Effect, Scope } from "effect"
      import { start } from "${import.meta.resolve("./EmbeddedPostgres.ts")}"
      const scope = await Effect.runPromise(Scope.make())
      await Effect.runPromise(start({ folder: "${folder}" }).pipe(Effect.provideService(Scope.Scope, scope)))
      process.kill(process.pid, "SIGKILL")`
    spawnSync(process.execPath, ["--input-type=module", "-e", program], { stdio: "inherit" })
    const orphan = pid()
    process.kill(orphan, 0)
    const { postgres } = await run()
    expect(await ask(postgres, "SELECT 1 AS one")).toEqual([{ one: 1 }])
    expect(pid()).not.toBe(orphan)
  })

  it("listens on no port", async () => {
    const { postgres } = await run()
    expect(await ask(postgres, "SHOW listen_addresses")).toEqual([{ listen_addresses: "" }])
  })

  it("says what to do where the path is too long for a socket", async () => {
    folder = join(dirname(folder), "a".repeat(100))
    await expect(run()).rejects.toThrow("choose a shorter one with DATA_DIR")
  })

  it.runIf(process.getuid?.() === 0)("runs below a folder that is closed to all but root", async () => {
    chmodSync(dirname(folder), 0o700)
    const first = await run()
    await ask(first.postgres, "CREATE TABLE kept (x int)")
    await first.stop()
    const second = await run()
    expect(await ask(second.postgres, "SELECT * FROM kept")).toEqual([])
    await second.stop()
    rmSync(realpathSync(folder), { recursive: true })
  })
})
