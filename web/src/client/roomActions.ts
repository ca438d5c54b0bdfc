/** What a reader does with a conversation as a whole, for themselves: nobody else in it notices. */
import { type MatrixClient, Method, type Room } from "matrix-js-sdk"
import { alertsOf, setAlerts } from "./alerts.ts"
import type { RoomActions } from "./Chat.ts"
import { accountDataPath } from "./own.ts"

/** Spec: client-server, "Marking rooms as unread". */
export const MARKED_UNREAD = "m.marked_unread"
const favourite = "m.favourite"

export const isMarkedUnread = (room: Room) => room.getAccountData(MARKED_UNREAD)?.getContent()["unread"] === true

export const roomActions = (client: MatrixClient, me: string, roomOf: (roomId: string) => Room): RoomActions => {
  const markUnread = async (roomId: string, unread: boolean) => {
    if (isMarkedUnread(roomOf(roomId)) === unread) return
    await client.http.authedRequest(Method.Put, accountDataPath(me, roomId, MARKED_UNREAD), undefined, { unread })
  }
  return {
    pin: async (roomId, pinned) => {
      if (pinned) await client.setRoomTag(roomId, favourite, { order: 0.5 })
      else await client.deleteRoomTag(roomId, favourite)
    },
    markUnread,
    markAllRead: async (roomId) => {
      const last = roomOf(roomId).getLiveTimeline().getEvents().at(-1)
      const id = last?.getId()
      if (last !== undefined && id !== undefined) await client.setRoomReadMarkers(roomId, id, last)
      await markUnread(roomId, false)
    },
    alerts: (roomId) => alertsOf(client, roomId),
    setAlerts: (roomId, wanted) => setAlerts(client, roomId, wanted),
  }
}
