/** The second half of `npm start`, on the project's own Node: PostgreSQL, the builds, the server, the welcome. */
import { spawn } from "node:child_process"
import { accessSync, constants, mkdirSync } from "node:fs"
import { createServer } from "node:net"
import { join, resolve } from "node:path"
import { Effect, Exit, Scope } from "effect"
import { start as startPostgres } from "../server/src/embedded/EmbeddedPostgres.ts"
import { buildServer, buildWeb } from "./build.mjs"
import { root, serverArguments } from "./prepare.mjs"

const data = resolve(root, process.env.DATA_DIR ?? "data")
const host = process.env.BIND_HOST ?? "127.0.0.1"
const port = Number(process.env.CLIENT_PORT ?? 8008)
const demo = process.argv.includes("--demo")

const colour = process.stdout.isTTY && !process.env.NO_COLOR
const bold = (text) => (colour ? `\x1b[1m${text}\x1b[0m` : text)
const dim = (text) => (colour ? `\x1b[2m${text}\x1b[0m` : text)
const step = (text) => console.log(dim(`  ${text}`))

/** One sentence, and the end. */
const refuse = (sentence) => {
  console.error(`\n  ${sentence}\n`)
  process.exitCode = 1
}

const sentenceOf = (error) => {
  const code = error?.code
  if (code === "ENOSPC" || /No space left/.test(error?.message)) return `The disk is full: make room on the one that holds ${data}.`
  if (code === "EACCES" || code === "EROFS") return `${data} cannot be written: choose another folder with DATA_DIR.`
  return error?.message ?? String(error)
}

const portIsFree = () =>
  new Promise((free) => {
    const probe = createServer()
    probe.once("error", (error) => free(error.code !== "EADDRINUSE"))
    probe.listen(port, host, () => probe.close(() => free(true)))
  })

const waitForReady = (child) =>
  new Promise((ready) => {
    child.stdout.setEncoding("utf8").on("data", (text) => text.includes("READY") && ready(true))
    child.once("exit", () => ready(false))
  })

const main = async (scope) => {
  if (!(await portIsFree())) {
    return refuse(`Port ${port} is taken by another program. Stop it, or start here with another: CLIENT_PORT=8009 npm start`)
  }
  mkdirSync(data, { recursive: true })
  accessSync(data, constants.W_OK)

  step("Starting PostgreSQL…")
  const postgres = await Effect.runPromise(
    startPostgres({ folder: join(data, "postgres"), settings: { shared_buffers: "64MB" } }).pipe(Effect.provideService(Scope.Scope, scope)),
  )
  const built = await Promise.all([buildWeb(), buildServer()])
  if (built[0]) step("Built the web client.")

  const url = process.env.PUBLIC_BASE_URL ?? `http://${host === "0.0.0.0" ? "localhost" : host.replace("127.0.0.1", "localhost")}:${port}`
  const environment = {
    REGISTRATION: "open",
    ...process.env,
    DATABASE_URL: postgres.url("biz1"),
    DATA_DIR: data,
    BIND_HOST: host,
    CLIENT_PORT: String(port),
    PUBLIC_BASE_URL: url,
    WEB_DIR: join(root, "web", "dist"),
    LOG_LEVEL: process.env.LOG_LEVEL ?? "Warn",
    // Should this process be killed, the server notices by its input and stops, too.
    STOP_WITH_INPUT: "on",
  }
  const server = spawn(process.execPath, serverArguments, { env: environment, stdio: ["pipe", "pipe", "inherit"], detached: true })
  const ended = new Promise((resolveEnd) => server.once("exit", resolveEnd))
  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    console.log(dim("\n  Stopping: finishing what was acknowledged…"))
    server.kill("SIGTERM")
  }
  process.on("SIGINT", stop)
  process.on("SIGTERM", stop)

  if (!(await waitForReady(server))) {
    process.exitCode = 1
    return
  }
  if (demo) {
    const { seed } = await import("./demo.mjs")
    await seed(url, step)
  }
  welcome(url)
  await ended
  if (!stopping) refuse("The server has ended: the lines above say why. Start it again with: npm start")
}

const welcome = (url) => {
  console.log(`
  ${bold("Biz1 Messenger is running.")}

  Open          ${bold(url)}
  First account whoever creates an account first owns this server
  Matrix client use ${url} as the homeserver
  Data          ${data}
  Stop          Ctrl-C
`)
}

const scope = await Effect.runPromise(Scope.make())
try {
  await main(scope)
} catch (error) {
  refuse(sentenceOf(error))
} finally {
  await Effect.runPromise(Scope.close(scope, Exit.void))
}
