import { spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, mkdtempSync, rmSync } from "node:fs"
import { createServer, type AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

const root = join(import.meta.dirname, "../..")
const account = { username: "dana", password: "correct horse battery" }

let data: string
beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), "biz1-start-"))
  chmodSync(data, 0o755)
})
afterAll(() => rmSync(data, { recursive: true, force: true }))

/** What `npm start` runs. `shown` resolves once the text is among what it says; `ended` with its exit code. */
const start = (settings: Readonly<Record<string, string>>) => {
  const child = spawn(process.execPath, ["scripts/start.mjs"], {
    cwd: root,
    env: { ...process.env, DATA_DIR: data, ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  })
  let said = ""
  const ended = once(child, "close").then(([code]) => code as number | null)
  const shown = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = (chunk: Buffer) => {
        said += chunk.toString()
        if (said.includes(text)) resolve()
      }
      child.stdout.on("data", look)
      child.stderr.on("data", look)
      void ended.then((code) => reject(new Error(`Ended with ${code}:\n${said}`)))
    })
  return { shown, ended, kill: (signal: "SIGTERM" | "SIGKILL") => child.kill(signal) }
}

const port = async (listening = createServer().listen(0, "127.0.0.1")) => {
  await once(listening, "listening")
  const { port } = listening.address() as AddressInfo
  return { CLIENT_PORT: String(port), free: () => new Promise((done) => listening.close(done)) }
}

const post = async (clientPort: string, path: string, body: object) => {
  const url = `http://127.0.0.1:${clientPort}/_matrix/client/v3/${path}`
  return (await fetch(url, { method: "POST", body: JSON.stringify(body) })).status
}

describe("npm start", () => {
  it("has everything when it was killed and is started again, and stops when it is told to", async () => {
    const { CLIENT_PORT, free } = await port()
    await free()
    const first = start({ CLIENT_PORT })
    await first.shown("Biz1 Messenger is running")
    expect(await post(CLIENT_PORT, "register", { ...account, auth: { type: "m.login.dummy" } })).toBe(200)
    first.kill("SIGKILL")
    await first.ended

    const second = start({ CLIENT_PORT })
    await second.shown("Biz1 Messenger is running")
    const login = { type: "m.login.password", identifier: { type: "m.id.user", user: "dana" } }
    expect(await post(CLIENT_PORT, "login", { ...login, password: account.password })).toBe(200)
    second.kill("SIGTERM")
    expect(await second.ended).toBe(0)
  })

  it("says which setting is wrong, and what would be right", async () => {
    const refused = start({ REGISTRATION: "maybe" })
    await refused.shown('REGISTRATION is "maybe": it must be open, token or closed.')
    expect(await refused.ended).toBe(1)
  })

  it("says which port is taken, and how to take another", async () => {
    const { CLIENT_PORT, free } = await port()
    const refused = start({ CLIENT_PORT })
    await refused.shown(`Port ${CLIENT_PORT} is taken by another program: stop that, or start here with another`)
    expect(await refused.ended).toBe(1)
    await free()
  })
})
