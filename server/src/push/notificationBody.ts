/** What a push gateway is sent. Spec: Push Gateway API, `POST /_matrix/push/v1/notify`. */
import type { Pusher } from "@biz1/protocol/client/pushers"
import type { UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import type { PushAction } from "@biz1/protocol/pushRules"
import type { RoomView } from "../sync/RoomViews.ts"
import type { SeenEntry } from "../sync/SeenEvent.ts"

/** An event that somebody is told of. */
export interface Told {
  readonly entry: SeenEntry
  readonly room: RoomView
  readonly userId: UserId
  readonly actions: ReadonlyArray<PushAction>
}

/** Without an event it tells the number of what is unread alone. */
export const notificationBody = (
  pusher: Pusher,
  madeMs: number,
  unread: number,
  told: Told | undefined,
): { readonly notification: JsonObject } => {
  const { url: _, ...data } = pusher.data
  const tweaks = told === undefined ? {} : tweaksOf(told.actions)
  const device = {
    app_id: pusher.app_id,
    pushkey: pusher.pushkey,
    pushkey_ts: Math.floor(madeMs / 1000),
    ...(Object.keys(data).length === 0 ? {} : { data }),
    ...(told === undefined || pusher.data["format"] === "event_id_only" ? {} : { tweaks }),
  }
  const common = { counts: { unread }, devices: [device] }
  if (told === undefined) return { notification: common }
  const { event } = told.entry
  const named = { event_id: event.eventId, room_id: event.roomId, prio: prioOf(event.type, tweaks), ...common }
  if (pusher.data["format"] === "event_id_only") return { notification: named }
  return {
    notification: {
      ...named,
      type: event.type,
      sender: event.sender,
      content: event.content,
      ...(event.type === "m.room.member" ? { user_is_target: event.stateKey === told.userId } : {}),
      ...texts({
        sender_display_name: told.room.state.get("m.room.member", event.sender)?.content["displayname"],
        room_name: told.room.state.get("m.room.name", "")?.content["name"],
        room_alias: told.room.state.get("m.room.canonical_alias", "")?.content["alias"],
      }),
    },
  }
}

const texts = (fields: { readonly [name: string]: unknown }): JsonObject =>
  Object.fromEntries(
    Object.entries(fields).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== "",
    ),
  )

const tweaksOf = (actions: ReadonlyArray<PushAction>): JsonObject =>
  Object.fromEntries(
    actions.flatMap((action) =>
      typeof action === "string" ? [] : [[action.set_tweak, (action["value"] as string | boolean) ?? true] as const],
    ),
  )

/** Of what is encrypted the device alone can tell how much it matters. */
const prioOf = (type: string, tweaks: JsonObject) =>
  type === "m.room.encrypted" || tweaks["sound"] !== undefined || tweaks["highlight"] === true ? "high" : "low"
