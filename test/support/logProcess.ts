/**
 * A process that writes into the log side by side with others: `logProcess.ts <database url> <name> <appends>`. It sends
 * its parent each acknowledgement as it comes, and at the end the positions that its own node's readers were told.
 */
import { Effect } from "effect"
import { EventLog } from "@biz1/server/log/EventLog"
import { LogReader } from "@biz1/server/log/LogReader"
import { LogStream } from "@biz1/server/log/LogStream"
import { logNode, message } from "./logNode.ts"

export type Report =
  | { readonly acknowledged: ReadonlyArray<readonly [eventId: string, pos: number]> }
  | { readonly startedAt: number; readonly told: ReadonlyArray<number> }

const roomsAtOnce = 8
const [databaseUrl, name, appends] = process.argv.slice(2) as [string, string, string]
const report = (report: Report) => process.send!(report)

const write = Effect.gen(function* () {
  const log = yield* EventLog
  const stream = yield* LogStream
  const told: Array<number> = []
  const startedAt = stream.position()
  yield* stream.listen(({ entries }) => void told.push(...entries.map(({ pos }) => pos)))

  const writeRoom = Effect.fnUntraced(function* (room: number) {
    const roomId = `!${name}-${room}`
    for (let count = 0, roomSeq = 1; count < Number(appends); count++) {
      // Appends of one to three events, so that positions of the processes interlock.
      const writes = Array.from({ length: 1 + ((count + room) % 3) }, () => message({ roomId, roomSeq: roomSeq++ }))
      const entries = yield* log.append(writes)
      report({
        acknowledged: entries.flatMap((entry) => (entry.kind === "event" ? [[entry.event.eventId, entry.pos]] : [])),
      })
    }
  })
  yield* Effect.forEach(Array(roomsAtOnce).keys(), writeRoom, { concurrency: "unbounded" })
  yield* stream.reach(yield* (yield* LogReader).lastPosition)
  report({ startedAt, told })
})

await Effect.runPromise(write.pipe(Effect.provide(logNode(databaseUrl))))
process.disconnect()
