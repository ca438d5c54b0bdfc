/**
 * `npm start`: the whole messenger on this machine. Installs what it needs, starts PostgreSQL under the data folder,
 * builds the web client when its sources have changed, serves, and says where. Runs on any Node from 20 on: it hands
 * over to the project's own.
 */
import { readFileSync } from "node:fs"
import { onOwnNode, prepare } from "./prepare.mjs"

/** The npm that started this, directly or through a shell; undefined where there is none, or no way to tell. */
const findNpm = (pid = process.ppid, above = 2) => {
  try {
    if (/^npm\b/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"))) return pid
    const parent = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ")[1]
    return above > 1 ? findNpm(parent, above - 1) : undefined
  } catch {
    return undefined
  }
}

// Killing npm leaves this behind, and nobody to stop it: the next start would find the port taken.
if (findNpm() !== undefined) setInterval(() => findNpm() ?? process.kill(process.pid, "SIGTERM"), 500).unref()

prepare()
await onOwnNode(process.argv[1])
await import("./run.mjs")
