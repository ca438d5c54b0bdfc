/** `npm run serve`: the server alone, all of it set by the environment (docs/configuration.md). Prints READY when it serves. */
import { spawn, spawnSync } from "node:child_process"
import { prepare, root, runtime, serverArguments } from "./prepare.mjs"

prepare()
const built = spawnSync(runtime(), ["scripts/build.mjs", "server"], { cwd: root, stdio: ["ignore", 2, 2] })
if (built.status !== 0) process.exit(1)
const child = spawn(runtime(), serverArguments, { cwd: root, stdio: "inherit" })
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill("SIGTERM"))
child.on("exit", (code) => process.exit(code ?? 1))
