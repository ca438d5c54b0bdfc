/**
 * `npm start`: the whole messenger on this machine. Installs what it needs, starts PostgreSQL under the data folder,
 * builds the web client when its sources have changed, serves, and says where. Runs on any Node from 20 on: it hands
 * over to the project's own.
 */
import { spawn } from "node:child_process"
import { prepare, root, runtime } from "./prepare.mjs"

const [major] = process.versions.node.split(".").map(Number)
if (major < 20) {
  console.error(`Node ${process.versions.node} is too old to install with: use version 20 or newer.`)
  process.exit(1)
}
prepare()
const child = spawn(runtime(), ["scripts/run.mjs", ...process.argv.slice(2)], { cwd: root, stdio: "inherit" })
// Ctrl-C goes to both: this one waits for the other to finish what it acknowledged.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => signal === "SIGTERM" && child.kill(signal))
child.on("exit", (code, signal) => process.exit(code ?? (signal === null ? 1 : 0)))
