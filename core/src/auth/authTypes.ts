/** Which state an event names as what allows it. Spec: server-server API, "Auth events selection". */
import { isJsonObject, type JsonObject } from "@biz1/protocol/json"
import type { RoomVersion } from "../roomVersion.ts"

export type StateKey = readonly [type: string, stateKey: string]

export const authTypesFor = (
  version: RoomVersion,
  event: {
    readonly type: string
    readonly stateKey: string | undefined
    readonly sender: string
    readonly content: JsonObject
  },
): ReadonlyArray<StateKey> => {
  const { type, stateKey, sender, content } = event
  if (type === "m.room.create") return []
  const selected: Array<StateKey> = version.roomIdIsCreateHash ? [] : [["m.room.create", ""]]
  selected.push(["m.room.power_levels", ""], ["m.room.member", sender])
  if (type !== "m.room.member" || stateKey === undefined) return selected

  const { membership } = content
  if (stateKey !== sender) selected.push(["m.room.member", stateKey])
  if (membership === "join" || membership === "invite" || membership === "knock") selected.push(["m.room.join_rules", ""])
  const invite = content["third_party_invite"]
  const signed = isJsonObject(invite) ? invite["signed"] : undefined
  if (membership === "invite" && isJsonObject(signed) && typeof signed["token"] === "string") {
    selected.push(["m.room.third_party_invite", signed["token"]])
  }
  const via = content["join_authorised_via_users_server"]
  if (version.restrictedJoins && membership === "join" && typeof via === "string" && via !== sender) {
    selected.push(["m.room.member", via])
  }
  return selected
}
