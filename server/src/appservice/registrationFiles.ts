/** Reads the registrations of application services from the files and folders that the operator names. */
import { readdir, readFile, stat } from "node:fs/promises"
import { join } from "node:path"
import { Effect, Result, Schema } from "effect"
import { parseRegistration } from "./Registration.ts"

/** A registration cannot be used; says which and why. */
export class WrongRegistration extends Schema.TaggedError<WrongRegistration>()("WrongRegistration", {
  message: Schema.String,
}) {}

const maxFileBytes = 1024 * 1024

const wrong = (path: string, problem: string) =>
  new WrongRegistration({ message: `The application service in ${path}, named by AS_REGISTRATIONS: ${problem}.` })

export const readRegistrations = Effect.fnUntraced(function* (paths: ReadonlyArray<string>) {
  const files = yield* Effect.forEach(paths, filesAt)
  return yield* Effect.forEach(files.flat(), readOne)
})

/** The path itself, or the YAML files of the folder that it is. */
const filesAt = (path: string) =>
  Effect.tryPromise({
    try: async () => {
      if (!(await stat(path)).isDirectory()) return [path]
      const names = await readdir(path)
      return names
        .filter((name) => /\.ya?ml$/.test(name))
        .sort()
        .map((name) => join(path, name))
    },
    catch: () => wrong(path, "there is no such file or folder, or it may not be read"),
  })

const readOne = Effect.fnUntraced(function* (path: string) {
  const text = yield* Effect.tryPromise({
    try: async () => ((await stat(path)).size > maxFileBytes ? undefined : await readFile(path, "utf8")),
    catch: () => wrong(path, "the file cannot be read"),
  })
  if (text === undefined) return yield* wrong(path, "the file is larger than a megabyte")
  const { parse: parseYaml } = yield* Effect.promise(() => import("yaml"))
  const yaml = yield* Effect.try({
    try: (): unknown => parseYaml(text),
    catch: (error) => wrong(path, `this is not YAML: ${String(error).split("\n")[0]}`),
  })
  const parsed = parseRegistration(yaml)
  if (Result.isFailure(parsed)) return yield* wrong(path, parsed.failure)
  return { path, registration: parsed.success }
})
