import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/keyBackup"
import { InvalidParam, NotFound, WrongRoomKeysVersion } from "@biz1/protocol/errors"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import { handler } from "../http/Handler.ts"
import { type Backup, KeyBackupStore, type KeptSession, type Sessions } from "../store/KeyBackupStore.ts"

const number = (version: string) => (/^[1-9]\d{0,14}$/.test(version) ? Number(version) : 0)

const existing = Effect.fnUntraced(function* (userId: UserId, version?: string) {
  const backup = yield* (yield* KeyBackupStore).find(userId, version === undefined ? undefined : number(version))
  return backup ?? (yield* new NotFound({ error: "There is no such backup of keys" }))
})

const show = ({ version, algorithm, authData, etag, count }: Backup) => ({
  version: String(version),
  algorithm,
  auth_data: authData,
  etag,
  count,
})

export const postRoomKeysVersion = handler(
  contract.postRoomKeysVersion,
  Effect.fnUntraced(function* ({ body, requester }) {
    const version = yield* (yield* KeyBackupStore).create(requester.userId, body.algorithm, body.auth_data)
    return { version: String(version) }
  }),
)

export const getRoomKeysVersionCurrent = handler(
  contract.getRoomKeysVersionCurrent,
  Effect.fnUntraced(function* ({ requester }) {
    return show(yield* existing(requester.userId))
  }),
)

export const getRoomKeysVersion = handler(
  contract.getRoomKeysVersion,
  Effect.fnUntraced(function* ({ params, requester }) {
    return show(yield* existing(requester.userId, params.version))
  }),
)

export const putRoomKeysVersion = handler(
  contract.putRoomKeysVersion,
  Effect.fnUntraced(function* ({ params, body, requester }) {
    const backup = yield* existing(requester.userId, params.version)
    if (body.algorithm !== backup.algorithm) {
      return yield* new InvalidParam({ error: "The algorithm of a backup does not change: make a new version" })
    }
    if (body.version !== undefined && body.version !== params.version) {
      return yield* new InvalidParam({ error: "The version in the body is not the one in the path" })
    }
    yield* (yield* KeyBackupStore).describe(requester.userId, backup.version, body.auth_data)
    return {}
  }),
)

export const deleteRoomKeysVersion = handler(
  contract.deleteRoomKeysVersion,
  Effect.fnUntraced(function* ({ params, requester }) {
    const backup = yield* existing(requester.userId, params.version)
    yield* (yield* KeyBackupStore).remove(requester.userId, backup.version)
    return {}
  }),
)

/** Keys are stored in the newest version alone: a device that knows another one has to hear of it. */
const put = Effect.fnUntraced(function* (userId: UserId, version: string, sessions: ReadonlyArray<KeptSession>) {
  const store = yield* KeyBackupStore
  const newest = yield* existing(userId)
  if (String(newest.version) !== version) {
    return yield* new WrongRoomKeysVersion({
      error: "Keys go to the newest version of the backup",
      current_version: String(newest.version),
    })
  }
  yield* store.put(userId, newest.version, sessions)
  return yield* stored(userId, version)
})

const stored = (userId: UserId, version: string) =>
  Effect.map(existing(userId, version), ({ etag, count }) => ({ etag, count }))

const get = Effect.fnUntraced(function* (userId: UserId, version: string, which: Sessions) {
  const backup = yield* existing(userId, version)
  return yield* (yield* KeyBackupStore).get(userId, backup.version, which)
})

const remove = Effect.fnUntraced(function* (userId: UserId, version: string, which: Sessions) {
  const backup = yield* existing(userId, version)
  yield* (yield* KeyBackupStore).removeSessions(userId, backup.version, which)
  return yield* stored(userId, version)
})

const ofRoom = (
  roomId: RoomId,
  { sessions }: { readonly sessions: { readonly [id: string]: contract.SessionBackup } },
) => Object.entries(sessions).map(([sessionId, backup]): KeptSession => ({ roomId, sessionId, backup }))

export const putRoomKeys = handler(contract.putRoomKeys, ({ query, body, requester }) =>
  put(
    requester.userId,
    query.version,
    Object.entries(body.rooms).flatMap(([roomId, room]) => ofRoom(roomId as RoomId, room)),
  ),
)

export const getRoomKeys = handler(
  contract.getRoomKeys,
  Effect.fnUntraced(function* ({ query, requester }) {
    const rooms: Record<string, { sessions: Record<string, contract.SessionBackup> }> = {}
    for (const { roomId, sessionId, backup } of yield* get(requester.userId, query.version, {})) {
      rooms[roomId] ??= { sessions: {} }
      rooms[roomId].sessions[sessionId] = backup
    }
    return { rooms }
  }),
)

export const deleteRoomKeys = handler(contract.deleteRoomKeys, ({ query, requester }) =>
  remove(requester.userId, query.version, {}),
)

export const putRoomKeysByRoomId = handler(contract.putRoomKeysByRoomId, ({ params, query, body, requester }) =>
  put(requester.userId, query.version, ofRoom(params.roomId, body)),
)

export const getRoomKeysByRoomId = handler(
  contract.getRoomKeysByRoomId,
  Effect.fnUntraced(function* ({ params, query, requester }) {
    const kept = yield* get(requester.userId, query.version, params)
    return { sessions: Object.fromEntries(kept.map(({ sessionId, backup }) => [sessionId, backup])) }
  }),
)

export const deleteRoomKeysByRoomId = handler(contract.deleteRoomKeysByRoomId, ({ params, query, requester }) =>
  remove(requester.userId, query.version, params),
)

export const putRoomKeyBySessionId = handler(
  contract.putRoomKeyBySessionId,
  ({ params: { roomId, sessionId }, query, body, requester }) =>
    put(requester.userId, query.version, [{ roomId, sessionId, backup: body }]),
)

export const getRoomKeyBySessionId = handler(
  contract.getRoomKeyBySessionId,
  Effect.fnUntraced(function* ({ params, query, requester }) {
    const [kept] = yield* get(requester.userId, query.version, params)
    return kept?.backup ?? (yield* new NotFound({ error: "The backup has no key of that session" }))
  }),
)

export const deleteRoomKeyBySessionId = handler(contract.deleteRoomKeyBySessionId, ({ params, query, requester }) =>
  remove(requester.userId, query.version, params),
)
