/** What readers ask of a device, in memory while it syncs: which messages wait for it, how many of its keys are left. */
import { Context, Deferred, Effect, Exit, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { DeviceId, UserId } from "@biz1/protocol/ids"
import { LogStream } from "../log/LogStream.ts"
import { type KeyCounts, KeyStore } from "../store/KeyStore.ts"
import { UserViews } from "./UserViews.ts"

export interface DeviceView {
  /** Positions of the first and the last message that waits for it. */
  readonly messages: { readonly first: number; readonly last: number } | undefined
  readonly keys: KeyCounts
  /** Where the number of its keys last changed; undefined for a device that never had any. */
  readonly keysPos: number | undefined
}

export interface ToDevicePage {
  /** JSON of the messages, in their order. */
  readonly messages: ReadonlyArray<string>
  /** The position of the last one, where more may follow. */
  readonly cutAt: number | undefined
}

const maxDevices = 50_000
/** Spec gives no number; clients ask again at once for what is left. */
const pageSize = 100

export class DeviceViews extends Context.Service<
  DeviceViews,
  {
    readonly get: (userId: UserId, deviceId: DeviceId) => Effect.Effect<DeviceView>
    /** The device, if it is in memory. */
    readonly loaded: (userId: UserId, deviceId: DeviceId) => DeviceView | undefined
    /** Messages for a device after one position and up to another, the oldest first. */
    readonly messages: (userId: UserId, deviceId: DeviceId, after: number, upTo: number) => Effect.Effect<ToDevicePage>
    /** Forgets the messages up to a position: the device has said that it has them. */
    readonly acknowledge: (userId: UserId, deviceId: DeviceId, upTo: number) => Effect.Effect<void>
  }
>()("@biz1/server/sync/DeviceViews") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const keys = yield* KeyStore
      const users = yield* UserViews
      const stream = yield* LogStream
      const fork = Effect.runForkWith(yield* Effect.context())
      const views = new Map<string, DeviceView>()
      const loading = new Map<string, { stale: boolean; readonly done: Deferred.Deferred<DeviceView> }>()
      const keyOf = (userId: UserId, deviceId: DeviceId) => `${userId}\0${deviceId}`

      const load = Effect.fnUntraced(function* (userId: UserId, deviceId: DeviceId) {
        const mine = sql`user_id = ${userId} AND device_id = ${deviceId}`
        const [row] = yield* sql`SELECT
          (SELECT min(pos)::float8 FROM to_device WHERE ${mine}) AS first,
          (SELECT max(pos)::float8 FROM to_device WHERE ${mine}) AS last,
          (SELECT pos::float8 FROM one_time_key_changes WHERE ${mine}) AS keys_pos`
        const first = row!["first"] as number | null
        const view: DeviceView = {
          messages: first === null ? undefined : { first, last: row!["last"] as number },
          keys: yield* keys.counts(userId, deviceId),
          keysPos: (row!["keys_pos"] ?? undefined) as number | undefined,
        }
        return view
      }, Effect.orDie)

      const get = (userId: UserId, deviceId: DeviceId): Effect.Effect<DeviceView> =>
        Effect.suspend(() => {
          const key = keyOf(userId, deviceId)
          const view = views.get(key)
          if (view !== undefined) return Effect.succeed(view)
          const already = loading.get(key)
          if (already !== undefined && !already.stale) return Deferred.await(already.done)
          const job = { stale: false, done: Deferred.makeUnsafe<DeviceView>() }
          loading.set(key, job)
          // In this same turn, and on its own: who asked first may be interrupted, the load belongs to all who wait.
          fork(
            load(userId, deviceId).pipe(
              Effect.onExit((exit) =>
                Effect.sync(() => {
                  if (loading.get(key) === job) loading.delete(key)
                  if (Exit.isSuccess(exit) && !job.stale) {
                    views.set(key, exit.value)
                    if (views.size > maxDevices) views.delete(views.keys().next().value!)
                  }
                  Deferred.doneUnsafe(job.done, exit)
                }),
              ),
            ),
          )
          return Deferred.await(job.done)
        })

      const messages = Effect.fnUntraced(function* (userId: UserId, deviceId: DeviceId, after: number, upTo: number) {
        const rows = yield* sql`SELECT pos::float8 AS pos, json FROM to_device WHERE user_id = ${userId}
          AND device_id = ${deviceId} AND pos > ${after} AND pos <= ${upTo} ORDER BY pos LIMIT ${pageSize}`
        return {
          messages: rows.map((row) => String(row["json"])),
          cutAt: rows.length < pageSize ? undefined : Number(rows.at(-1)!["pos"]),
        }
      }, Effect.orDie)

      const acknowledge = Effect.fnUntraced(function* (userId: UserId, deviceId: DeviceId, upTo: number) {
        yield* sql`DELETE FROM to_device WHERE user_id = ${userId} AND device_id = ${deviceId} AND pos <= ${upTo}`
        const key = keyOf(userId, deviceId)
        const view = views.get(key)
        if (view?.messages === undefined) return
        const { last } = view.messages
        views.set(key, { ...view, messages: last <= upTo ? undefined : { first: upTo + 1, last } })
      }, Effect.orDie)

      yield* stream.listen(({ entries }) => {
        for (const entry of entries) {
          if (entry.kind !== "toDevice" && entry.kind !== "keyCount") continue
          const key = keyOf(entry.userId, entry.deviceId)
          const view = views.get(key)
          const job = loading.get(key)
          if (job !== undefined) job.stale = true
          if (entry.kind === "keyCount" || view === undefined) views.delete(key)
          else views.set(key, { ...view, messages: { first: view.messages?.first ?? entry.pos, last: entry.pos } })
          users.wake(entry.userId)
        }
      })
      const loaded = (userId: UserId, deviceId: DeviceId) => views.get(keyOf(userId, deviceId))
      return DeviceViews.of({ get, loaded, messages, acknowledge })
    }),
  )
}
