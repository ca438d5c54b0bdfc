import { Effect } from "effect"
import { Forbidden } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import type { Requester } from "../http/Handler.ts"

/** What lies below `/user/{userId}` is that user's alone. */
export const own = (requester: Requester, userId: UserId) =>
  requester.userId === userId ? Effect.void : Effect.fail(new Forbidden({ error: "This belongs to another user" }))
