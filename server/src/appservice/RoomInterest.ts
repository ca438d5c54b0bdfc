/**
 * Which rooms concern one service, as it goes through the log: those that it names, and those that one of its users is in
 * at that place of the log, which may lie far behind what is true now. A room is looked up once; from then on its member
 * events tell. Spec: application service API, "Application Services".
 */
import { Effect } from "effect"
import type { RoomAlias, RoomId, UserId } from "@biz1/protocol/ids"
import type { EventEntry } from "../log/LogEntry.ts"
import { ownsAlias, ownsRoom, ownsUser, type Appservice } from "./Registration.ts"

interface Room {
  /** The service's users in it. */
  readonly members: Set<UserId>
  /** Its id, or one of its aliases, is the service's. */
  readonly named: boolean
}

/** What is asked of the store. */
export interface RoomFacts {
  /** Local users who were in a room after a position of the log. */
  readonly membersAt: (roomId: RoomId, position: number) => Effect.Effect<ReadonlyArray<UserId>>
  readonly aliasesOf: (roomId: RoomId) => Effect.Effect<ReadonlyArray<RoomAlias>>
}

const maxRooms = 20_000

export class RoomInterest {
  readonly #service: Appservice
  readonly #facts: RoomFacts
  readonly #rooms = new Map<RoomId, Room>()

  constructor(service: Appservice, facts: RoomFacts) {
    this.#service = service
    this.#facts = facts
  }

  /** Whether a room concerns the service after `position`, which must not go back. */
  readonly concernsRoom = (roomId: RoomId, position: number): Effect.Effect<boolean> => {
    const known = this.#rooms.get(roomId)
    return known === undefined
      ? Effect.map(this.#load(roomId, position), isConcerned)
      : Effect.succeed(isConcerned(known))
  }

  /** Whether an event concerns the service: also one that brings a user of its in, or lets the last one go. */
  readonly concerns = (entry: EventEntry): Effect.Effect<boolean> => {
    const { roomId, sender, type, stateKey } = entry.event
    const known = this.#rooms.get(roomId)
    if (known === undefined) {
      return Effect.flatMap(this.#load(roomId, entry.pos - 1), () => this.concerns(entry))
    }
    const about = type === "m.room.member" && stateKey !== undefined && ownsUser(this.#service, stateKey as UserId)
    const concerned = isConcerned(known) || about || ownsUser(this.#service, sender)
    if (about && entry.current) {
      if (entry.event.content["membership"] === "join") known.members.add(stateKey as UserId)
      else known.members.delete(stateKey as UserId)
    }
    return Effect.succeed(concerned)
  }

  /** What a room is called has changed. */
  readonly forget = (roomId: RoomId) => void this.#rooms.delete(roomId)

  #load(roomId: RoomId, position: number): Effect.Effect<Room> {
    const service = this.#service
    return Effect.gen({ self: this }, function* () {
      const aliases = service.aliases.length === 0 ? [] : yield* this.#facts.aliasesOf(roomId)
      const members = yield* this.#facts.membersAt(roomId, position)
      const room: Room = {
        members: new Set(members.filter((userId) => ownsUser(service, userId))),
        named: ownsRoom(service, roomId) || aliases.some((alias) => ownsAlias(service, alias)),
      }
      this.#rooms.set(roomId, room)
      if (this.#rooms.size > maxRooms) this.#rooms.delete(this.#rooms.keys().next().value!)
      return room
    })
  }
}

const isConcerned = ({ members, named }: Room) => named || members.size > 0
