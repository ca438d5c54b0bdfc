/**
 * Inviting by an address of mail. An identity server would find accounts elsewhere and keep invites for people who have
 * none yet; without one, an address is good for inviting the account here that it belongs to.
 * Spec: client-server API, "Third-party invites".
 */
import { Effect } from "effect"
import type { InvitedAddress } from "@biz1/protocol/client/membership"
import { foldedAddress } from "@biz1/protocol/emailAddress"
import { ThirdPartyIdNotFound } from "@biz1/protocol/errors"
import { ThirdPartyIds } from "../store/ThirdPartyIds.ts"

export const userOfAddress = Effect.fnUntraced(function* ({ medium, address }: InvitedAddress) {
  const owner = yield* (yield* ThirdPartyIds).owner(medium, foldedAddress(address))
  if (owner !== undefined) return owner
  return yield* new ThirdPartyIdNotFound({
    error: "Nobody here has shown this address to be theirs, and there is no identity server to look elsewhere",
  })
})
