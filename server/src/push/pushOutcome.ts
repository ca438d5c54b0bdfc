/** What a user's push rules make of an event, in its room as it is now. Spec: "Push Rules". */
import { powerLevels } from "@biz1/core/power"
import type { Evaluate, PushOutcome } from "@biz1/core/push/evaluate"
import type { UserId } from "@biz1/protocol/ids"
import type { RoomView } from "../sync/RoomViews.ts"
import type { SeenEntry } from "../sync/SeenEvent.ts"

export const pushOutcome = (
  rules: Evaluate,
  { event, redactedBy }: SeenEntry,
  userId: UserId,
  room: RoomView,
): PushOutcome => {
  if (redactedBy !== undefined) return silent
  const levels = () => {
    const create = room.state.get("m.room.create", "")
    return create && powerLevels(room.version, create, room.state.get("m.room.power_levels", ""))
  }
  const member = room.state.get("m.room.member", userId)
  return rules(
    {
      type: event.type,
      sender: event.sender,
      content: event.content,
      room_id: event.roomId,
      ...(event.stateKey === undefined ? {} : { state_key: event.stateKey }),
    },
    {
      userId,
      displayName: member?.content["displayname"] as string | undefined,
      memberCount: room.joinedCount,
      // Asked for by few rules, so worked out when asked.
      get senderPower() {
        return levels()?.ofUser(event.sender) ?? 0
      },
      powerLevelNeeded: (key) => levels()?.toNotify(key) ?? Number.POSITIVE_INFINITY,
    },
  )
}

/** Of what was redacted nobody is told. */
const silent: PushOutcome = { notify: false, highlight: false, actions: [] }
