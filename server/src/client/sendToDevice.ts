import { Effect } from "effect"
import { sendToDevice as contract } from "@biz1/protocol/client/sendToDevice"
import { InvalidParam } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import { handler } from "../http/Handler.ts"
import { EventLog } from "../log/EventLog.ts"
import { DeviceStore } from "../store/DeviceStore.ts"

const maxRecipients = 10_000

/** What is for a device that does not exist is dropped. */
export const sendToDevice = handler(
  contract,
  Effect.fnUntraced(function* ({ params: { eventType, txnId }, body: { messages }, requester }) {
    const users = Object.keys(messages) as Array<UserId>
    const devices = yield* (yield* DeviceStore).idsOf(users)
    if (devices.length > maxRecipients) {
      return yield* new InvalidParam({ error: `A message goes to at most ${maxRecipients} devices at once` })
    }
    const writes = devices.flatMap(({ userId, deviceId }) => {
      const content = messages[userId]?.[deviceId] ?? messages[userId]?.["*"]
      if (content === undefined) return []
      const json = JSON.stringify({ sender: requester.userId, type: eventType, content })
      return [{ kind: "toDevice" as const, userId, deviceId, json, txn: undefined as string | undefined }]
    })
    if (writes.length === 0) return {}
    writes[0] = { ...writes[0]!, txn: [requester.userId, requester.deviceId, eventType, txnId].join(" ") }
    // The transaction is there already: the messages were sent, and this is the repeat of a lost answer.
    yield* (yield* EventLog)
      .append(writes)
      .pipe(Effect.catchTag("Conflict", (conflict) => (conflict.on === "txn" ? Effect.void : Effect.die(conflict))))
    return {}
  }),
)
