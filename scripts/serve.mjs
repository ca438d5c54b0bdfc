/** `npm run serve`: the server alone, all of it set by the environment (docs/configuration.md). Prints READY when it serves. */
import { onOwnNode, prepare, root } from "./prepare.mjs"

prepare()
await onOwnNode(process.argv[1])
const { buildServer, serverArguments } = await import("./build.mjs")
await buildServer()
process.chdir(root)
if (process.env.npm_lifecycle_event === "serve") process.env.END_WITH_PARENT = "on"
// The server takes this process' place: signals reach it, and its end is seen, without anyone in between.
process.execve(process.execPath, [process.execPath, ...serverArguments])
