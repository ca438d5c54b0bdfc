import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/accountModeration"
import { Forbidden, InvalidParam, NotFound } from "@biz1/protocol/errors"
import { serverOf, type UserId } from "@biz1/protocol/ids"
import { Moderation } from "../auth/Moderation.ts"
import { ServerConfig } from "../config.ts"
import { handler, type Requester } from "../http/Handler.ts"
import { DeviceStore } from "../store/DeviceStore.ts"

/** Whether the caller may ask is settled first: who may not learns nothing about who has an account. */
const measuresOf = Effect.fnUntraced(function* (userId: UserId, { isAdmin }: Requester) {
  if (!isAdmin) return yield* new Forbidden({ error: "This is for administrators of the server" })
  const { serverName } = yield* ServerConfig
  if (serverOf(userId) !== serverName) return yield* new InvalidParam({ error: "This is an account of another server" })
  const measures = yield* (yield* Moderation).of(userId)
  return measures ?? (yield* new NotFound({ error: "There is no such account" }))
})

const take = Effect.fnUntraced(function* (
  userId: UserId,
  requester: Requester,
  measure: "locked" | "suspended",
  taken: boolean,
) {
  const { isAdmin } = yield* measuresOf(userId, requester)
  if (isAdmin) return yield* new Forbidden({ error: "No administrator can be locked or suspended" })
  yield* (yield* Moderation).set(userId, measure, taken)
})

export const getAdminLockUser = handler(contract.getAdminLockUser, ({ params, requester }) =>
  Effect.map(measuresOf(params.userId, requester), ({ locked }) => ({ locked })),
)

export const setAdminLockUser = handler(contract.setAdminLockUser, ({ params, body: { locked }, requester }) =>
  Effect.as(take(params.userId, requester, "locked", locked), { locked }),
)

export const getAdminSuspendUser = handler(contract.getAdminSuspendUser, ({ params, requester }) =>
  Effect.map(measuresOf(params.userId, requester), ({ suspended }) => ({ suspended })),
)

export const setAdminSuspendUser = handler(contract.setAdminSuspendUser, ({ params, body: { suspended }, requester }) =>
  Effect.as(take(params.userId, requester, "suspended", suspended), { suspended }),
)

/** Everyone may ask about themselves. */
export const getWhoIs = handler(
  contract.getWhoIs,
  Effect.fnUntraced(function* ({ params: { userId }, requester }) {
    if (userId !== requester.userId) yield* measuresOf(userId, requester)
    const devices = yield* (yield* DeviceStore).ofUser(userId)
    const connections = devices.map(({ device_id: deviceId, last_seen_ip: ip, last_seen_ts: lastSeen }) => [
      deviceId,
      {
        sessions: [
          {
            connections: ip === undefined ? [] : [{ ip, ...(lastSeen === undefined ? {} : { last_seen: lastSeen }) }],
          },
        ],
      },
    ])
    return { user_id: userId, devices: Object.fromEntries(connections) as Readonly<Record<string, never>> }
  }),
)
