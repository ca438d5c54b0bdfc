/**
 * What a user keeps beside the rooms, and in a room for themselves alone. Read from memory, written through the log.
 * Spec: client-server API, "Client Config".
 */
import { Context, Effect, Layer, RcMap, type Result, Semaphore } from "effect"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { EventLog } from "../log/EventLog.ts"
import { UserViews } from "./UserViews.ts"

/** One user's data of one type, in one room or, where that is empty, for the whole account. */
export interface AccountDataKey {
  readonly userId: UserId
  readonly roomId: RoomId | ""
  readonly type: string
}

export class AccountData extends Context.Service<
  AccountData,
  {
    readonly get: (key: AccountDataKey) => Effect.Effect<JsonObject | undefined>
    readonly set: (key: AccountDataKey, content: JsonObject) => Effect.Effect<void>
    /** Puts in place of the content what `change` makes of it; changes that come together see one another. */
    readonly modify: <E>(
      key: AccountDataKey,
      change: (content: JsonObject | undefined) => Result.Result<JsonObject, E>,
    ) => Effect.Effect<void, E>
  }
>()("@biz1/server/sync/AccountData") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const log = yield* EventLog
      const users = yield* UserViews
      // In this process. A change through another node at the same moment may win, as the later of two does.
      const turns = yield* RcMap.make({ lookup: (_userId: UserId) => Semaphore.make(1) })

      const get = ({ userId, roomId, type }: AccountDataKey) =>
        Effect.map(users.get(userId), (user) => user.accountData.get(`${roomId}\0${type}`)?.content)

      const set = (key: AccountDataKey, content: JsonObject) =>
        log.append([{ kind: "accountData", ...key, content }]).pipe(Effect.orDie, Effect.asVoid)

      const modify = Effect.fnUntraced(function* <E>(
        key: AccountDataKey,
        change: (content: JsonObject | undefined) => Result.Result<JsonObject, E>,
      ) {
        const turn = yield* RcMap.get(turns, key.userId)
        yield* get(key).pipe(
          Effect.flatMap((content) => Effect.fromResult(change(content))),
          Effect.flatMap((content) => set(key, content)),
          // Whoever goes away has written nothing, or has waited until memory shows what they wrote.
          Effect.uninterruptible,
          turn.withPermits(1),
        )
      }, Effect.scoped)

      return AccountData.of({ get, set, modify })
    }),
  )
}
