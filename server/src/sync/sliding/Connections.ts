/**
 * What each connection of sliding sync has been told. It is written when the set of rooms told of changes, not with
 * every answer: how far a room has been told is in the client's position. Positions so survive a restart, and any node
 * can go on with a connection.
 */
import { Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { DeviceId, RoomId, UserId } from "@biz1/protocol/ids"
import type { RoomConfig } from "./request.ts"

/** What the client has of a room: it wanted this much, and has it up to its position, or to `behind`. */
export interface SentRoom extends RoomConfig {
  readonly behind?: number
}

export type SentRooms = ReadonlyMap<RoomId, SentRoom>

export interface ConnectionKey {
  readonly userId: UserId
  readonly deviceId: DeviceId
  readonly connectionId: string
}

const maxRemembered = 2000
const maxPerDevice = 16
/** Answers that may be on their way at once: a client that repeats a position waits for the last one alone. */
const maxUnanswered = 4

export class Connections extends Context.Service<
  Connections,
  {
    /** Undefined if the server has forgotten it: the client begins again. */
    readonly find: (key: ConnectionKey, serial: number) => Effect.Effect<SentRooms | undefined>
    /** Keeps a new state and gives its serial; states before `answered` will not be asked for again. */
    readonly save: (key: ConnectionKey, rooms: SentRooms, answered: number | undefined) => Effect.Effect<number>
  }
>()("@biz1/server/sync/sliding/Connections") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const remembered = new Map<string, SentRooms>()
      const nameOf = ({ userId, deviceId, connectionId }: ConnectionKey, serial: number) =>
        [userId, deviceId, connectionId, serial].join("\0")

      const remember = (name: string, rooms: SentRooms) => {
        remembered.delete(name)
        remembered.set(name, rooms)
        if (remembered.size > maxRemembered) remembered.delete(remembered.keys().next().value!)
        return rooms
      }

      const find = Effect.fnUntraced(function* (key: ConnectionKey, serial: number) {
        const name = nameOf(key, serial)
        const known = remembered.get(name)
        if (known !== undefined) return remember(name, known)
        const [row] = yield* sql`SELECT rooms FROM sliding_connections WHERE serial = ${BigInt(serial)}
          AND user_id = ${key.userId} AND device_id = ${key.deviceId} AND conn_id = ${key.connectionId}`
        if (row === undefined) return undefined
        return remember(name, new Map(JSON.parse(String(row["rooms"])) as ReadonlyArray<[RoomId, SentRoom]>))
      }, Effect.orDie)

      const save = Effect.fnUntraced(function* (key: ConnectionKey, rooms: SentRooms, answered: number | undefined) {
        const { userId, deviceId, connectionId } = key
        const mine = sql`user_id = ${userId} AND device_id = ${deviceId}`
        const [row] = yield* sql`INSERT INTO sliding_connections (user_id, device_id, conn_id, rooms)
          VALUES (${userId}, ${deviceId}, ${connectionId}, ${JSON.stringify([...rooms])})
          RETURNING serial::float8 AS serial`
        const serial = Number(row!["serial"])
        // Those before what the client has, and of what it never answered all but the newest.
        yield* sql`DELETE FROM sliding_connections WHERE ${mine} AND conn_id = ${connectionId} AND (
          serial < ${BigInt(answered ?? serial)} OR serial > ${BigInt(answered ?? 0)} AND serial NOT IN (
            SELECT serial FROM sliding_connections WHERE ${mine} AND conn_id = ${connectionId}
            ORDER BY serial DESC LIMIT ${maxUnanswered}))`
        if (answered === undefined) {
          // A connection begins: a device keeps only its newest ones.
          yield* sql`DELETE FROM sliding_connections WHERE ${mine} AND conn_id NOT IN (
            SELECT conn_id FROM sliding_connections WHERE ${mine} GROUP BY conn_id ORDER BY max(serial) DESC
            LIMIT ${maxPerDevice})`
        }
        remember(nameOf(key, serial), rooms)
        return serial
      }, Effect.orDie)

      return Connections.of({ find, save })
    }),
  )
}
