/**
 * Completes `package-lock.json`. A package for other platforms that the registry in use does not have is left out by
 * npm, which then refuses its own file (`npm ci`: "Missing from lock file"), and would install nothing there on another
 * machine. What an entry says of its platform is in the package's name.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "./prepare.mjs"

const systems = /\b(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)\b/
const processors = /\b(arm64|arm|ia32|loong64|mips64el|ppc64|riscv64|s390x|wasm32|x64)\b/
const libraries = { gnu: "glibc", musl: "musl" }

const path = join(root, "package-lock.json")
const lock = JSON.parse(readFileSync(path, "utf8"))

const added = []
for (const { dev, optionalDependencies = {} } of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (Object.keys(lock.packages).some((place) => place.endsWith(`node_modules/${name}`))) continue
    const [, system] = systems.exec(name) ?? []
    const [, processor] = processors.exec(name) ?? []
    const [, library] = /-(gnu|musl)/.exec(name) ?? []
    lock.packages[`node_modules/${name}`] = {
      version,
      ...(processor === undefined ? {} : { cpu: [processor] }),
      ...(dev === true ? { dev } : {}),
      ...(library === undefined ? {} : { libc: [libraries[library]] }),
      optional: true,
      ...(system === undefined ? {} : { os: [system] }),
    }
    added.push(name)
  }
}

if (added.length > 0) {
  const places = Object.keys(lock.packages).sort((one, other) => one.localeCompare(other, "en"))
  lock.packages = Object.fromEntries(places.map((place) => [place, lock.packages[place]]))
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(`Added to package-lock.json: ${added.join(", ")}`)
}
