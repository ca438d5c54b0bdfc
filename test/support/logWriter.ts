/** A process that writes to the log as a node does, and says on stdout what was acknowledged: its name and its position. */
import { Effect, Layer } from "effect"
import type { UserId } from "@biz1/protocol/ids"
import { Bus } from "@biz1/server/bus/Bus"
import { ServerConfig } from "@biz1/server/config"
import { EventLog } from "@biz1/server/log/EventLog"
import { LogReader } from "@biz1/server/log/LogReader"
import { LogStream } from "@biz1/server/log/LogStream"
import { Metrics } from "@biz1/server/operations/Metrics"
import * as Database from "@biz1/server/store/Database"

export const log = EventLog.layer.pipe(
  Layer.provideMerge(LogStream.layer),
  Layer.provideMerge(LogReader.layer),
  Layer.provide(Layer.mergeAll(Metrics.layer, Bus.layerInProcess)),
  Layer.provide(Database.layer),
  Layer.provide(ServerConfig.layer(process.env)),
)

/** Writes `count` entries from each of several callers at once. */
const write = Effect.fnUntraced(function* (writer: string, callers: number, count: number) {
  const { append } = yield* EventLog
  const caller = Effect.fnUntraced(function* (number: number) {
    for (let index = 0; index < count; index++) {
      const type = `${writer}.${number}.${index}`
      const userId = "@writer:test.example" as UserId
      const [entry] = yield* append([{ kind: "accountData", userId, roomId: "", type, content: {} }])
      process.stdout.write(`${type} ${entry!.pos}\n`)
    }
  })
  yield* Effect.all(
    Array.from({ length: callers }, (_, number) => caller(number)),
    { concurrency: "unbounded" },
  )
})

if (import.meta.main) {
  const [, , writer, callers, count] = process.argv
  await Effect.runPromise(write(writer!, Number(callers), Number(count)).pipe(Effect.provide(log)))
}
