/**
 * Somebody was invited by an address before they had a user id: a state event promises the invitation to whoever
 * brings it signed by one of its keys. Spec: authorization rules, "If `content` has a `third_party_invite` property".
 */
import { isJsonObject, type JsonObject } from "@biz1/protocol/json"
import { verifyJson } from "../signatures.ts"
import { allow, type Context, reject, type Verdict } from "./Context.ts"

export const checkThirdPartyInvite = ({ event, state, membershipOf }: Context, target: string): Verdict => {
  if (membershipOf(target) === "ban") return reject("This user is banned from the room")
  const invite = event.content["third_party_invite"]
  const signed = isJsonObject(invite) ? invite["signed"] : undefined
  if (!isJsonObject(signed)) return reject("The invitation of a third party is not signed")
  const { mxid, token } = signed
  if (mxid !== target || typeof token !== "string")
    return reject("The invitation of a third party is for somebody else")
  const promise = state.get("m.room.third_party_invite", token)
  if (promise === undefined || promise.sender !== event.sender) return reject("You have not made this invitation")
  return publicKeysOf(promise.content).some((key) => isSignedBy(signed, key))
    ? allow
    : reject("The invitation's signature is not right")
}

const publicKeysOf = ({ public_key: one, public_keys: more }: JsonObject): ReadonlyArray<string> =>
  [one, ...(Array.isArray(more) ? more.map((entry) => (isJsonObject(entry) ? entry["public_key"] : undefined)) : [])] //
    .filter((key) => typeof key === "string")

const isSignedBy = (signed: JsonObject, publicKey: string): boolean => {
  const { signatures } = signed
  if (!isJsonObject(signatures)) return false
  return Object.entries(signatures).some(
    ([server, own]) =>
      isJsonObject(own) && Object.keys(own).some((keyId) => verifyJson(signed, server, keyId, publicKey)),
  )
}
