/** Who calls the business API: another system by its key, or somebody of the organisation by their access token. */
import { Effect } from "effect"
import { type Facts, permits, type Person } from "@biz1/core/business/roles"
import type { Permission } from "@biz1/protocol/business/roles"
import { Forbidden } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import type { ApiKey } from "./ApiKeys.ts"

export type Caller =
  | { readonly kind: "key"; readonly key: ApiKey }
  | { readonly kind: "user"; readonly userId: UserId; readonly person: Person }

/** Names the caller wherever it is kept who did something. */
export const callerId = (caller: Caller): string => (caller.kind === "key" ? `key:${caller.key.id}` : caller.userId)

/** A key may what its scopes say, whoever made it. */
export const may = (caller: Caller, permission: Permission, facts?: Facts): boolean =>
  caller.kind === "key" || permits(caller.person, permission, facts)

export const checkPermission = (caller: Caller, permission: Permission, facts?: Facts) =>
  may(caller, permission, facts)
    ? Effect.void
    : Effect.fail(new Forbidden({ error: "Your role in the organisation does not allow this" }))
