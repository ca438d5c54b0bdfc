/** Spec: `rooms/v1`, authorization rules, "If type is `m.room.redaction`". In later versions no rule asks. */
import { type EventId, serverOf } from "@biz1/protocol/ids"
import { allow, type Context, reject, type Verdict } from "./Context.ts"

export const checkRedaction = ({ event, power }: Context): Verdict => {
  if (power.ofUser(event.sender) >= power.redact) return allow
  const own = serverNamedBy(event.eventId) ?? serverOf(event.sender)
  const isOfSameServer = event.redacts !== undefined && serverNamedBy(event.redacts) === own
  return isOfSameServer ? allow : reject("You may not redact this event")
}

/** In these versions an id ends with the server that chose it. */
const serverNamedBy = (eventId: EventId): string | undefined => {
  const colon = eventId.indexOf(":")
  return colon < 0 ? undefined : eventId.slice(colon + 1)
}
