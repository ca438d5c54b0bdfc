/** Nheko, a desktop client that nobody here wrote, on a screen of its own: clicked and typed at as by a person. */
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Readable } from "node:stream"
import { promisify } from "node:util"

const run = promisify(execFile)

/** Whether nheko is due to be there: always in continuous integration, elsewhere where one says so. */
export const hasNheko = process.env["CI"] === "true" || process.env["NHEKO"] === "yes"

interface Account {
  readonly userId: string
  readonly accessToken: string
  readonly deviceId: string
}

/** Settings of someone who is signed in already. Without a keyring it keeps its secrets in its own files. */
const settings = (base: string, { userId, accessToken, deviceId }: Account) => `[General]
run_without_secure_secrets_service=true
[auth]
access_token=${accessToken}
device_id=${deviceId}
home_server=${base}
user_id=${userId}
[user]
desktop_notifications=false
theme=light
`

/** What is said where nothing is wrong: no backup yet, and rooms without a `creator`, as they are since version 11. */
const harmless = ["Failed to retrieve backup version", "key 'creator' not found"]

/** Places in its window, which has its first size for want of a window manager. */
export const places = {
  acceptsEncryption: [913, 561],
  hasSavedRecoveryKey: [1012, 335],
  composer: [640, 580],
} as const

type Place = (typeof places)[keyof typeof places]

export class Nheko {
  readonly #folder: string
  readonly #screen: ChildProcess
  readonly #program: ChildProcess
  readonly #display: string
  #log = ""

  private constructor(folder: string, screen: ChildProcess, display: string) {
    this.#folder = folder
    this.#screen = screen
    this.#display = display
    this.#program = spawn("nheko", ["--log-level", "debug", "--log-type", "stderr"], {
      env: this.#environment({ QT_QUICK_BACKEND: "software", LIBGL_ALWAYS_SOFTWARE: "1" }),
      stdio: ["ignore", "ignore", "pipe"],
    })
    this.#program.stderr!.on("data", (chunk: Buffer) => (this.#log += chunk.toString()))
  }

  static async start(base: string, account: Account) {
    const folder = mkdtempSync(join(tmpdir(), "biz1-nheko-"))
    mkdirSync(join(folder, ".config/nheko"), { recursive: true })
    mkdirSync(join(folder, "run"), { mode: 0o700 })
    writeFileSync(join(folder, ".config/nheko/nheko.conf"), settings(base, account))
    const screen = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1100x640x24", "-nolisten", "tcp"], {
      stdio: ["ignore", "ignore", "ignore", "pipe"],
    })
    const [number] = (await once(screen.stdio[3] as Readable, "data")) as [Buffer]
    return new Nheko(folder, screen, `:${number.toString().trim()}`)
  }

  #environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
    const { PATH } = process.env
    return {
      PATH,
      LANG: "C.UTF-8",
      HOME: this.#folder,
      XDG_RUNTIME_DIR: join(this.#folder, "run"),
      DISPLAY: this.#display,
      ...more,
    }
  }

  async #input(...words: ReadonlyArray<string>) {
    await run("xdotool", words, { env: this.#environment() })
  }

  /** Whether its log, which tells what it did and what displeased it, holds this. */
  readonly hasLogged = (text: string) => this.#log.includes(text)

  /** What it found wrong with what the server sent. */
  readonly complaints = () =>
    this.#log
      .split("\n")
      .filter((line) => /\[(mtx|net)\] \[(warning|error|critical)\]/.test(line))
      .filter((line) => !harmless.some((words) => line.includes(words)))

  readonly click = ([x, y]: Place) => this.#input("mousemove", String(x), String(y), "click", "1")
  readonly type = (text: string) => this.#input("type", "--delay", "20", text)
  readonly press = (key: string) => this.#input("key", key)

  /** Writes a picture of the screen where `NHEKO_PICTURES` says, for whoever wants to look. */
  async picture(name: string) {
    const folder = process.env["NHEKO_PICTURES"]
    if (folder === undefined) return
    const file = join(folder, `${name}.png`)
    await run("import", ["-window", "root", "-resize", "60%", file], { env: this.#environment() })
  }

  async stop() {
    for (const process of [this.#program, this.#screen]) {
      if (process.exitCode !== null) continue
      const ended = once(process, "exit")
      process.kill("SIGKILL")
      await ended
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
