/** Messages that the server sends later. MSC4140, "Delayed events", under the names that it is served by. */
import { EventType, type MatrixClient, Method } from "matrix-js-sdk"
import type { Scheduled } from "./Chat.ts"

const prefix = "/_matrix/client/unstable/org.matrix.msc4140"

export const scheduleMessage = async (client: MatrixClient, roomId: string, content: object, at: Date) => {
  const room = `/rooms/${encodeURIComponent(roomId)}`
  const path = `${room}/delayed_event/${EventType.RoomMessage}/${encodeURIComponent(client.makeTxnId())}`
  const body = { delay: Math.max(1, at.getTime() - Date.now()), content }
  await client.http.authedRequest(Method.Put, path, undefined, body, { prefix })
}

interface Waiting {
  readonly delayed_events: ReadonlyArray<{
    readonly delay_id: string
    readonly room_id: string
    readonly type: string
    readonly delay: number
    readonly running_since: number
    readonly content: { readonly body?: unknown }
  }>
}

export const scheduledIn = async (client: MatrixClient, roomId: string): Promise<ReadonlyArray<Scheduled>> => {
  const path = "/delayed_events"
  const { delayed_events } = await client.http.authedRequest<Waiting>(Method.Get, path, undefined, undefined, {
    prefix,
  })
  return delayed_events
    .filter(({ room_id, type }) => room_id === roomId && type === EventType.RoomMessage)
    .map(({ delay_id, running_since, delay, content }) => ({
      id: delay_id,
      at: running_since + delay,
      text: String(content.body ?? ""),
    }))
    .toSorted((a, b) => a.at - b.at)
}

export const cancelScheduled = async (client: MatrixClient, id: string) => {
  const path = `/delayed_events/${encodeURIComponent(id)}/cancel`
  await client.http.authedRequest(Method.Post, path, undefined, {}, { prefix })
}
