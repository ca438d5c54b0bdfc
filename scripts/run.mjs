/** The second half of `npm start`, on the project's own Node: PostgreSQL, the builds, the server, the welcome. */
import { spawn, spawnSync } from "node:child_process"
import { accessSync, constants, mkdirSync } from "node:fs"
import { createServer } from "node:net"
import { join, resolve } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { Effect, Exit, Logger, Schedule, Scope } from "effect"
import { parseSettings } from "../server/src/config.ts"
import { start as startPostgres } from "../server/src/embedded/EmbeddedPostgres.ts"
import { serverArguments } from "./build.mjs"
import { root } from "./prepare.mjs"

/** What is left of an earlier start that was killed may need this long to finish what it had acknowledged. */
const patienceMs = 8_000

const demo = process.argv.includes("--demo")
const colour = process.stdout.isTTY && !process.env.NO_COLOR
const bold = (text) => (colour ? `\x1b[1m${text}\x1b[0m` : text)
const dim = (text) => (colour ? `\x1b[2m${text}\x1b[0m` : text)
const step = (text) => console.log(dim(`  ${text}`))

/** What the person who started this can mend: told in one sentence. */
class Refusal extends Error {}

const main = async (scope) => {
  const data = resolve(root, process.env.DATA_DIR || "data")
  const environment = { REGISTRATION: "open", LOG_LEVEL: "Warn", ...process.env, DATA_DIR: data }
  const settings = await Effect.runPromise(parseSettings(environment))
  const { BIND_HOST: host, CLIENT_PORT: port } = settings
  const url = settings.PUBLIC_BASE_URL ?? `http://localhost:${port}`

  mkdirSync(data, { recursive: true })
  accessSync(data, constants.W_OK)
  const databaseUrl = process.env.DATABASE_URL || (await startDatabase(join(data, "postgres"), scope))
  await waitForPort(host, port)
  // In a process of its own, which gives back the memory that building takes.
  const built = spawnSync(process.execPath, ["scripts/build.mjs"], { cwd: root, stdio: "inherit" })
  if (built.status !== 0) throw new Refusal("Building failed: the lines above say why.")

  const account = () => (demo ? seedDemo(`http://localhost:${port}`, data) : undefined)
  await serve(
    {
      ...environment,
      DATABASE_URL: databaseUrl,
      PUBLIC_BASE_URL: url,
      WEB_DIR: process.env.WEB_DIR || join(root, "web", "dist"),
    },
    async () => welcome(url, data, await account()),
  )
}

/** Runs the server until it is told to stop; `onReady` when it answers. */
const serve = async (environment, onReady) => {
  const server = spawn(process.execPath, serverArguments, {
    env: { ...environment, END_WITH_PARENT: "on" },
    stdio: ["ignore", "pipe", "inherit"],
    detached: true, // Ctrl-C reaches this process alone, which stops the server before PostgreSQL
  })
  const ended = new Promise((end) => server.once("exit", (code, signal) => end(signal ?? code)))
  let stopping = false
  const stop = () => {
    if (!stopping) step("Stopping: finishing what was acknowledged…")
    stopping = true
    server.kill("SIGTERM")
  }
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop)

  try {
    if (!(await isReady(server, ended))) return void (process.exitCode = 1) // the server has said why
    await onReady()
    const how = await ended
    if (!stopping) throw new Refusal(`The server has ended (${how}): see above. Start it again with: npm start`)
  } finally {
    server.kill("SIGTERM")
    await ended
  }
}

const seedDemo = async (url, data) => {
  step("Filling the demo workspace…")
  const { seed } = await import("./demo/seed.mjs")
  return seed(url, data)
}

const startDatabase = async (folder, scope) => {
  step("Starting PostgreSQL…")
  const started = startPostgres({ folder, settings: { shared_buffers: "64MB" } }).pipe(
    Effect.tapErrorTag(
      "AlreadyRunning",
      sayOnce("Another start uses this data folder: waiting, in case it is ending…"),
    ),
    Effect.retry({
      while: ({ _tag }) => _tag === "AlreadyRunning",
      schedule: Schedule.spaced("200 millis").pipe(Schedule.upTo({ duration: patienceMs })),
    }),
    Effect.provideService(Scope.Scope, scope),
    Effect.provide(Logger.layer([Logger.make(({ message }) => step([message].flat().join(" ")))])),
  )
  const { url } = await Effect.runPromise(started)
  return url("biz1")
}

const sayOnce = (text) => {
  let said = false
  return () => Effect.sync(() => void (said ||= (step(text), true)))
}

const waitForPort = async (host, port) => {
  for (let waitedMs = 0; await isTaken(host, port); waitedMs += 200) {
    if (waitedMs >= patienceMs) {
      throw new Refusal(
        `Port ${port} is taken by another program: stop that, or start here with another: CLIENT_PORT=${port + 1} npm start`,
      )
    }
    if (waitedMs === 0) step(`Port ${port} is in use: waiting, in case an earlier start is ending…`)
    await sleep(200)
  }
}

const isTaken = (host, port) =>
  new Promise((answer) => {
    const probe = createServer()
    probe.on("error", ({ code }) => answer(code === "EADDRINUSE")) // the server has a sentence for any other
    probe.listen(port, host, () => probe.close(() => answer(false)))
  })

const isReady = (server, ended) =>
  Promise.race([
    new Promise((ready) =>
      server.stdout.setEncoding("utf8").on("data", (text) => text.includes("READY") && ready(true)),
    ),
    ended.then(() => false),
  ])

const welcome = (url, data, account) => {
  const first =
    account === undefined
      ? "First account  whoever creates an account first owns this server"
      : `Sign in as     ${bold(account.user)}, password ${bold(account.password)}; the others have the same`
  console.log(`
  ${bold("Biz1 Messenger is running.")}

  Open           ${bold(url)}
  ${first}
  Other clients  any Matrix client, with ${url} as its homeserver
  Data           ${data}
  Stop           Ctrl-C
`)
}

const sentenceOf = (error) => {
  const text = error?.message ?? String(error)
  if (error?.code === "ENOSPC" || /No space left/.test(text)) return "The disk is full: make room, then start again."
  if (/^(EACCES|EROFS|EPERM)\b/.test(text)) {
    return "The data folder cannot be written by this user: give it to them, or choose another with DATA_DIR."
  }
  if (/^(EEXIST|ENOTDIR)\b/.test(text)) return "DATA_DIR leads to a file: choose a folder."
  return text
}

process.stdout.on("error", () => {}) // a terminal that was closed: stopping goes on
const scope = await Effect.runPromise(Scope.make())
try {
  await main(scope)
} catch (error) {
  console.error(`\n  ${sentenceOf(error)}\n`)
  process.exitCode = 1
} finally {
  await Effect.runPromise(Scope.close(scope, Exit.void))
}
