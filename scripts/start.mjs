/**
 * `npm start`: the whole messenger on this machine. Installs what it needs, starts PostgreSQL under the data folder,
 * builds the web client when its sources have changed, serves, and says where. Runs on any Node from 20 on: it hands
 * over to the project's own.
 */
import { onOwnNode, prepare } from "./prepare.mjs"

// Killing npm leaves this behind, and nobody to stop it: the next start would find the port taken.
const parent = process.ppid
if (process.env.npm_lifecycle_event === "start") {
  setInterval(() => process.ppid === parent || process.kill(process.pid, "SIGTERM"), 200).unref()
}

prepare()
await onOwnNode(process.argv[1])
await import("./run.mjs")
