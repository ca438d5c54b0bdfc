/** What every command needs first: the packages, as the lockfile names them, and the Node that comes with them. */
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { createHash } from "node:crypto"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stamp = join(root, "node_modules", ".biz1-installed")

/** The Node that the lockfile brings along. */
export const runtime = () => join(root, "node_modules", ".bin", process.platform === "win32" ? "node.exe" : "node")

export const serverBundle = join(root, "server", "dist", "main.mjs")

/** How the server's process is started: a heap that is collected early costs little time and halves its memory. */
export const serverArguments = ["--enable-source-maps", "--heap-growing-percent=40", "--max-semi-space-size=8", serverBundle]

/** Installs the packages unless they are there already for this lockfile; puts their programs on the path. */
export const prepare = () => {
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex")
  const present = existsSync(stamp) && readFileSync(stamp, "utf8") === wanted && existsSync(runtime())
  if (!present) {
    console.error("Installing packages (once, about a minute)…")
    const npm = process.env.npm_execpath
    const [program, first] = npm?.endsWith("js") ? [process.execPath, [npm]] : ["npm", []]
    const { status, stdout, stderr } = spawnSync(
      program,
      [...first, "ci", "--no-audit", "--no-fund", "--loglevel=error"],
      {
        cwd: root,
        encoding: "utf8",
      },
    )
    if (status !== 0) {
      console.error(`${stdout}${stderr}\nThe packages could not be installed: see above. Is the network there?`)
      process.exit(1)
    }
    writeFileSync(stamp, wanted)
  }
  process.env.PATH = `${join(root, "node_modules", ".bin")}${delimiter}${process.env.PATH ?? ""}`
}
