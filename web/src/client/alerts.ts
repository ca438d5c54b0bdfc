/** Which messages of a room notify its reader, kept as push rules so that every device and the server agree. */
import { type MatrixClient, PushRuleKind } from "matrix-js-sdk"
import type { Alerts } from "./model.ts"

/** Spec: client-server, "Push rules". A room's rule without actions leaves mentions; an override silences those, too. */
export const alertsOf = (client: MatrixClient, roomId: string): Alerts => {
  const rules = client.pushRules?.global
  if (rules?.override?.some(({ rule_id, enabled }) => rule_id === roomId && enabled)) return "none"
  return rules?.room?.some(({ rule_id, enabled }) => rule_id === roomId && enabled) ? "mentions" : "all"
}

export const setAlerts = async (client: MatrixClient, roomId: string, wanted: Alerts) => {
  const now = alertsOf(client, roomId)
  if (now === wanted) return
  // The new rule first: nothing rings in between.
  if (wanted !== "all") await client.addPushRule("global", kindFor[wanted], roomId, ruleFor(wanted, roomId))
  if (now !== "all") await client.deletePushRule("global", kindFor[now], roomId)
}

const kindFor = { none: PushRuleKind.Override, mentions: PushRuleKind.RoomSpecific }

const ruleFor = (wanted: "none" | "mentions", roomId: string) =>
  ({
    actions: [],
    ...(wanted === "none" ? { conditions: [{ kind: "event_match", key: "room_id", pattern: roomId }] } : {}),
  }) as Parameters<MatrixClient["addPushRule"]>[3]
