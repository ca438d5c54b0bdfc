import { spawnSync } from "node:child_process"
import { expect, it } from "vitest"

/** What a program that logs so writes to stderr. */
const logged = (program: string, level = "Info") => {
  const source = `
    import { Cause, Effect } from "effect"
    import { layer } from "${import.meta.resolve("./logging.ts")}"
    await Effect.runPromise(${program}.pipe(Effect.provide(layer("${level}"))))`
  const { stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", source], { encoding: "utf8" })
  return stderr
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

it("writes a JSON line with the fields by their names", () => {
  const program = `Effect.logInfo("joined", { members: 2 }).pipe(Effect.annotateLogs({ roomId: "!r", requestId: "q1" }))`
  expect(logged(program)).toMatchObject([{ level: 30, msg: "joined", members: 2, roomId: "!r", requestId: "q1" }])
})

it("keeps secrets to itself", () => {
  const [line] = logged(
    `Effect.logInfo("asked", { access_token: "s3cret", body: { password: "s3cret" }, user: "dana" })`,
  )
  expect(JSON.stringify(line)).not.toContain("s3cret")
  expect(line).toMatchObject({ user: "dana" })
})

it("says why, with the place in the code", () => {
  const [line] = logged(`Effect.logError("fell over", Cause.die(new Error("boom")))`)
  expect(line).toMatchObject({ level: 50, msg: "fell over" })
  expect(String(line!["cause"])).toContain("boom")
})

it("leaves out what is below its level", () => {
  expect(logged(`Effect.logInfo("small talk")`, "Warn")).toEqual([])
})
