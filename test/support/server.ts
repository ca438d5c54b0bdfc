/** A whole server for a scenario: the real process on a free port, with a database of its own. */
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freshDatabaseUrl } from "./postgres.ts"

const entry = join(import.meta.dirname, "../../server/src/main.ts")

export interface Server {
  readonly base: string
  readonly serverName: string
  readonly databaseUrl: string
  /** Ends it as an operator would. What it wrote to its database stays. */
  readonly stop: () => Promise<void>
  /** Ends it, and starts another one on the same database. */
  readonly restart: () => Promise<void>
  /** Kills it in the middle of whatever it does, and starts another one on the same database. */
  readonly crash: () => Promise<void>
  /** Its process, while it runs. */
  readonly pid: () => number
  /** The sentences of its log since it serves. */
  readonly logged: () => ReadonlyArray<string>
}

export const startServer = async (settings: Readonly<Record<string, string>> = {}): Promise<Server> => {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), "biz1-server-"))
  const environment = {
    ...process.env,
    SERVER_NAME: "test.example",
    CLIENT_PORT: String(port),
    DATABASE_URL: freshDatabaseUrl(),
    DATA_DIR: folder,
    REGISTRATION: "open",
    RATE_LIMITS: "off",
    LOG_LEVEL: "Warn",
    ...settings,
  }
  let running = await start(environment)
  return {
    base: `http://127.0.0.1:${environment.CLIENT_PORT}`,
    serverName: environment.SERVER_NAME,
    databaseUrl: environment.DATABASE_URL,
    stop: async () => {
      await running.end("SIGTERM")
      rmSync(folder, { recursive: true, force: true })
    },
    restart: async () => {
      await running.end("SIGTERM")
      running = await start(environment)
    },
    crash: async () => {
      await running.end("SIGKILL")
      running = await start(environment)
    },
    pid: () => running.pid,
    logged: () => running.logged(),
  }
}

interface Running {
  readonly pid: number
  readonly logged: () => ReadonlyArray<string>
  readonly end: (signal: "SIGTERM" | "SIGKILL") => Promise<void>
}

/** Resolves once it serves. */
const start = (environment: NodeJS.ProcessEnv) =>
  new Promise<Running>((resolve, reject) => {
    const child = spawn(process.execPath, [entry], { env: environment, stdio: ["ignore", "pipe", "pipe"] })
    const ended = new Promise<void>((done) => child.once("exit", () => done()))
    let said = ""
    child.once("error", reject)
    child.once("exit", (code) => reject(new Error(`The server ended with ${code}:\n${said}`)))
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()))
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString()
      if (!said.includes("READY\n")) return
      said = "READY\n"
      resolve({
        pid: child.pid!,
        logged: () =>
          said
            .split("\n")
            .filter((line) => line.startsWith("{") && line.endsWith("}"))
            .map((line) => String((JSON.parse(line) as { readonly msg: unknown }).msg)),
        end: async (signal) => {
          child.kill(signal)
          await ended
        },
      })
    })
  })

export const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const probe = createServer()
    probe.once("error", reject)
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
