/** What every command needs first: the packages, as the lockfile names them, and the Node that comes with them. */
import { spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stamp = join(root, "node_modules", ".biz1-installed")
const programs = join(root, "node_modules", ".bin")

/** The Node that the lockfile brings along. */
export const runtime = () => join(programs, process.platform === "win32" ? "node.exe" : "node")

/** Installs the packages unless they are there already for this lockfile; puts their programs on the path. */
export const prepare = () => {
  const [major] = process.versions.node.split(".").map(Number)
  if (major < 20) refuse(`Node ${process.versions.node} is too old to install with: use version 20 or newer.`)
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex")
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted || !existsSync(runtime())) install(wanted)
  process.env.PATH = `${programs}${delimiter}${process.env.PATH ?? ""}`
}

const install = (wanted) => {
  console.error("  Installing packages (once, a minute or two)…")
  const npm = process.env.npm_execpath
  const [program, first] = npm?.endsWith("js") ? [process.execPath, [npm]] : ["npm", []]
  const arguments_ = [...first, "ci", "--no-audit", "--no-fund", "--loglevel=error"]
  const { status, stdout, stderr, error } = spawnSync(program, arguments_, { cwd: root, encoding: "utf8" })
  if (status !== 0) refuse(`${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}\n\n  ${installAdvice(stderr ?? "")}`)
  if (!existsSync(runtime())) {
    refuse(
      "npm has not run the packages' install scripts: allow them (npm config delete ignore-scripts), then try again.",
    )
  }
  writeFileSync(stamp, wanted)
}

const installAdvice = (said) => {
  if (/ENOSPC/.test(said)) return "The disk is full: make room (the packages take about 1 GB), then try again."
  if (/EACCES|EROFS/.test(said))
    return `${root} cannot be written by this user: use a copy that can, or change its owner.`
  if (/ENOTFOUND|ETIMEDOUT|ECONNREFUSED|EAI_AGAIN/.test(said))
    return "The packages could not be fetched: check the network."
  return "The packages could not be installed: see above."
}

const refuse = (text) => {
  console.error(text)
  process.exit(1)
}

/** Goes on when this is the project's own Node. Else runs the same script on that, and ends as it ends. */
export const onOwnNode = async (script) => {
  if (realpathSync(process.execPath) === realpathSync(runtime())) return
  const child = spawn(runtime(), [script, ...process.argv.slice(2)], { stdio: "inherit" })
  // Ctrl-C reaches both by itself; this one waits for the other to finish.
  process.on("SIGINT", () => {})
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal))
  process.exit(await new Promise((ended) => child.on("exit", (code) => ended(code ?? 1))))
}
