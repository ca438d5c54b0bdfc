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
  /** Ends it as an operator would. What it wrote to its database stays. */
  readonly stop: () => Promise<void>
  /** Ends it, and starts another one on the same database. */
  readonly restart: () => Promise<void>
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
  let stopProcess = await start(environment)
  return {
    base: `http://127.0.0.1:${port}`,
    serverName: environment.SERVER_NAME,
    stop: async () => {
      await stopProcess()
      rmSync(folder, { recursive: true, force: true })
    },
    restart: async () => {
      await stopProcess()
      stopProcess = await start(environment)
    },
  }
}

/** Resolves once it serves, with what stops it. */
const start = (environment: NodeJS.ProcessEnv) =>
  new Promise<() => Promise<void>>((resolve, reject) => {
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
      resolve(async () => {
        child.kill("SIGTERM")
        await ended
      })
    })
  })

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const probe = createServer()
    probe.once("error", reject)
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
