/** `npm run check`: format, lint, types, boundaries, dead code. One line each; of what fails, all of it. */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { prepare, root } from "./prepare.mjs"

prepare()
/** TypeScript with Effect's diagnostics in it: floating effects, leaked requirements, names of older versions. */
const effectTypescript = join(
  root,
  `node_modules/@effect/tsgo-${process.platform}-${process.arch}/lib/tsc${process.platform === "win32" ? ".exe" : ""}`,
)
const steps = [
  ["format", "oxfmt", ["--check"]],
  ["lint", "oxlint", ["--deny-warnings"]],
  ...["protocol", "core", "server", "bridges", "test"].map((part) => [
    `types: ${part}`,
    effectTypescript,
    ["-p", part],
  ]),
  ["types: web", "vue-tsc", ["--noEmit", "-p", "web"]],
  [
    "boundaries",
    "depcruise",
    ["protocol/src", "core/src", "server/src", "bridges/src", "web/src", "--output-type", "err"],
  ],
  ["dead code", "knip", ["--no-progress"]],
]

let failed = 0
for (const [name, program, arguments_] of steps) {
  const begun = performance.now()
  const { status, stdout, stderr, error } = spawnSync(program, arguments_, { cwd: root, encoding: "utf8" })
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  console.log(`${status === 0 ? "ok    " : "FAILED"} ${name.padEnd(18)} ${seconds.padStart(5)} s`)
  if (status === 0) continue
  failed++
  console.log(`${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`.trim())
}
process.exit(failed === 0 ? 0 : 1)
