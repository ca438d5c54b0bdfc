/**
 * Which members each connection or device has been told of, so that lazily loaded ones come once. Only what was in an answer that
 * the client has acknowledged counts: its next position says so. In memory alone: to be told twice does no harm.
 */
import type { EventId, RoomId } from "@biz1/protocol/ids"

/** By member: the event, and the position of the answer that it was first in. */
type Told = Map<string, { readonly eventId: EventId; readonly upTo: number }>

const maxRooms = 20_000

export class ToldMembers {
  readonly #rooms = new Map<string, Told>()

  /** What a connection knows of a room; nothing, where the room is new to it. */
  of(connection: string, roomId: RoomId, fresh: boolean) {
    const key = `${connection}\0${roomId}`
    const told: Told = (fresh ? undefined : this.#rooms.get(key)) ?? new Map()
    this.#rooms.delete(key)
    this.#rooms.set(key, told)
    if (this.#rooms.size > maxRooms) this.#rooms.delete(this.#rooms.keys().next().value!)
    return {
      /** After a gap a client has thrown away what it knew of members. */
      forget: () => told.clear(),
      knows: (member: string, eventId: EventId, since: number) => {
        const known = told.get(member)
        return known?.eventId === eventId && known.upTo <= since
      },
      tell: (member: string, eventId: EventId, upTo: number) => {
        if (told.get(member)?.eventId !== eventId) told.set(member, { eventId, upTo })
      },
    }
  }
}
