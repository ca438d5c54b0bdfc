/** The content of `m.receipt`: receipts by event, type and user. Spec: client-server API, "Receipts". */
import type { JsonObject } from "@biz1/protocol/json"
import type { ReceiptEntry } from "../log/LogEntry.ts"

/** Of one user and event it holds one receipt: of several, the one for the whole room, which says most. */
export const receiptContent = (receipts: ReadonlyArray<ReceiptEntry>) => {
  const content: Record<string, Record<string, Record<string, JsonObject>>> = {}
  for (const { eventId, receiptType, userId, ts, threadId } of receipts) {
    const users = ((content[eventId] ??= {})[receiptType] ??= {})
    if (threadId === "") users[userId] = { ts }
    else users[userId] ??= { ts, thread_id: threadId }
  }
  return content
}
