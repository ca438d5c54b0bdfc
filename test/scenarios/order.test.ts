import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { Effect } from "effect"
import { LogReader } from "@biz1/server/log/LogReader"
import { expect, it } from "vitest"
import { freshDatabaseUrl } from "../support/postgres.ts"

const [writers, callers, count] = [3, 16, 60]
const script = join(import.meta.dirname, "../support/logWriter.ts")

/** Starts a writing process; gives the position of each of its entries once it has ended. */
const startWriter = async (name: string, databaseUrl: string) => {
  const arguments_ = [script, name, String(callers), String(count)]
  const environment = { ...process.env, DATABASE_URL: databaseUrl }
  const child = spawn(process.execPath, arguments_, { env: environment, stdio: ["ignore", "pipe", "inherit"] })
  let out = ""
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()))
  const [code] = await once(child, "exit")
  expect(code).toBe(0)
  return out
    .trim()
    .split("\n")
    .map((line) => line.split(" ") as [string, string])
}

it(
  "shows a reader every entry of three writing processes once, in one order without a gap",
  { timeout: 60_000 },
  async () => {
    process.env["DATABASE_URL"] = freshDatabaseUrl()
    const { log } = await import("../support/logWriter.ts")
    const seen = new Map<string, number>()

    await Effect.runPromise(
      Effect.gen(function* () {
        const reader = yield* LogReader
        let writing = writers
        const acknowledged = Array.from({ length: writers }, (_, index) =>
          startWriter(`w${index}`, process.env["DATABASE_URL"]!).finally(() => writing--),
        )
        let position = 0
        for (let done = false; !done;) {
          done = writing === 0 // what was acknowledged before this look must be in it
          const last = yield* reader.lastPosition
          if (last === position) {
            yield* Effect.sleep("1 millis")
            continue
          }
          const { entries } = yield* reader.batch(position + 1, last)
          // Nothing is overwritten here, so every position up to the last must be there: a gap now would be filled behind us.
          expect(entries.map(({ pos }) => pos)).toEqual(
            Array.from({ length: last - position }, (_, index) => position + 1 + index),
          )
          for (const entry of entries) {
            const { type } = entry as { readonly type: string }
            expect(seen.has(type)).toBe(false)
            seen.set(type, entry.pos)
          }
          position = last
        }
        const all = (yield* Effect.promise(() => Promise.all(acknowledged))).flat()
        expect(all).toHaveLength(writers * callers * count)
        for (const [type, pos] of all) expect(seen.get(type)).toBe(Number(pos))
        expect(seen.size).toBe(all.length)
      }).pipe(Effect.provide(log)),
    )
  },
)
