/**
 * `npm test`: sets up what the tests need and runs them. Real parts that are missing are named and their tests left
 * out; with CI=true a missing part is a failure. Runs on any Node from 20 on: it hands over to the project's own.
 */
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import { prepare, root, runtime } from "./prepare.mjs"

const find = (...programs) => {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/bin", "/usr/local/bin"]
  return folders.flatMap((folder) => programs.map((program) => join(folder, program))).find((path) => existsSync(path))
}
const hasNio = () => spawnSync("/usr/bin/python3", ["-c", "import nio"]).status === 0

/** Each is handed to its tests by a variable of the environment. */
const parts = [
  { name: "nats-server", variable: "NATS_SERVER", found: () => find("nats-server"), tests: "the bus between nodes" },
  {
    name: "Chromium",
    variable: "CHROMIUM",
    found: () => find("chromium", "chromium-browser", "google-chrome"),
    tests: "two people in two browsers",
  },
  {
    name: "python3-matrix-nio",
    variable: "NIO",
    found: () => (hasNio() ? "yes" : undefined),
    tests: "a client in another language",
  },
]

prepare()
const environment = { ...process.env }
let missing = 0
for (const { name, variable, found, tests } of parts) {
  environment[variable] ??= found() ?? ""
  if (environment[variable] !== "") continue
  missing++
  console.error(
    `${name} is not installed: ${process.env.CI === "true" ? "its tests need it" : `leaving out ${tests}`}.`,
  )
}
if (missing > 0 && process.env.CI === "true") process.exit(1)

const arguments_ = ["node_modules/vitest/vitest.mjs", "run", ...process.argv.slice(2)]
const { status } = spawnSync(runtime(), arguments_, { cwd: root, env: environment, stdio: "inherit" })
process.exit(status ?? 1)
