/**
 * What waits to be sent. The SDK keeps it in order and in the browser's storage, but gives up when the network is away
 * and holds everything behind a message that the server refused. Here only a refusal counts as failed: the rest is sent
 * again, in order, whenever there is a connection.
 */
import * as refusals from "./refusals.ts"
import {
  ConnectionError,
  EventStatus,
  type MatrixClient,
  type MatrixEvent,
  MatrixError,
  type Room,
} from "matrix-js-sdk"

const retryMs = 5_000

/** Why the server refused, in its own words. */
export const refusalOf = (event: MatrixEvent): string | undefined => {
  if (event.status !== EventStatus.NOT_SENT) return undefined
  // A server that answers with a Matrix error means it; no connection, or a proxy's complaint, will pass.
  if (event.error instanceof MatrixError) return event.error.data.error ?? event.error.errcode ?? ""
  return refusals.of(event.getTxnId())
}

export const isRefused = (event: MatrixEvent) => refusalOf(event) !== undefined

export const resume = (client: MatrixClient, room: Room) => {
  const held = room.getPendingEvents().filter((event) => event.status === EventStatus.NOT_SENT && !isRefused(event))
  for (const event of held) resend(client, room, event)
}

/** Looks after one send. Held behind a refused message it goes at once; without a connection it goes a little later. */
export const watch = (client: MatrixClient, room: Room, sent: Promise<unknown>) => {
  sent.catch((error: unknown) => {
    rememberRefusals(room)
    if (error instanceof ConnectionError) setTimeout(() => resume(client, room), retryMs)
    else resume(client, room)
  })
}

/** The event's own status says how it went. */
export const resend = (client: MatrixClient, room: Room, event: MatrixEvent) => {
  refusals.forget(event.getTxnId())
  watch(client, room, client.resendEvent(event, room))
}

export const discard = (client: MatrixClient, event: MatrixEvent) => {
  refusals.forget(event.getTxnId())
  client.cancelPendingEvent(event)
}

/** The SDK keeps the message over a reload, but not what was said of it: it would be sent again unasked. */
const rememberRefusals = (room: Room) => {
  for (const event of room.getPendingEvents()) {
    const reason = refusalOf(event)
    if (reason !== undefined) refusals.remember(event.getTxnId(), reason)
  }
}

export const findPending = (room: Room, key: string) =>
  room.getPendingEvents().find((event) => event.getTxnId() === key)
