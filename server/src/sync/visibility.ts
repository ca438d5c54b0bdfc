/** Which events of a room a user may read: by the history visibility and their membership when each happened. */
import { Effect } from "effect"
import { mayRead } from "@biz1/core/visibility"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import { EventStore } from "../store/EventStore.ts"
import type { SeenEntry } from "./SeenEvent.ts"

/** From one `roomSeq` to another, both with it. */
export type Stretch = readonly [from: number, to: number]

export interface Readable {
  readonly mayRead: (entry: SeenEntry) => boolean
  readonly membershipAt: (roomSeq: number) => string
  /** What may be read, in order; the last has no end where the next event may be read too. */
  readonly stretches: ReadonlyArray<Stretch>
  /** The last place at or before another that may be read. */
  readonly readableUpTo: (roomSeq: number) => number | undefined
  readonly hasBeenIn: boolean
}

/** Of someone who has been in the room all the time that is asked about. */
export const joinedThroughout: Readable = {
  mayRead: () => true,
  membershipAt: () => "join",
  stretches: [[1, Number.POSITIVE_INFINITY]],
  readableUpTo: (roomSeq) => roomSeq,
  hasBeenIn: true,
}

/**
 * A question about any event of the room, by its `roomSeq`. In the order of the room's actor the state at an event is
 * what the last change before it left, so the few events that decide are read once.
 */
export const readable = Effect.fnUntraced(function* (roomId: RoomId, userId: UserId) {
  const store = yield* EventStore
  const changes = yield* store.visibilityChanges(roomId, userId)
  const visibilities = changes.filter(({ event }) => event.type === "m.room.history_visibility")
  const memberships = changes.filter(({ event }) => event.type === "m.room.member")
  const lastJoin = memberships.findLast(({ event }) => event.content["membership"] === "join")?.roomSeq ?? 0

  const membershipAt = (seq: number) => text(lastUpTo(memberships, seq)?.event.content["membership"]) ?? "leave"
  const visibilityAt = (seq: number) =>
    text(lastUpTo(visibilities, seq)?.event.content["history_visibility"]) ?? "shared"
  const circumstancesAt = (seq: number) => ({
    visibility: visibilityAt(seq),
    membership: membershipAt(seq),
    joinedSince: lastJoin > seq,
  })

  const mayReadEntry = ({ roomSeq, event }: SeenEntry) => {
    const own = event.type === "m.room.member" && event.stateKey === userId
    const change = event.type === "m.room.history_visibility" && event.stateKey === ""
    return mayRead({
      ...circumstancesAt(roomSeq),
      ...(change ? { visibilityBefore: visibilityAt(roomSeq - 1) } : {}),
      ...(own ? { membershipBefore: membershipAt(roomSeq - 1) } : {}),
    })
  }

  // Between two changes the answer is one for all; a change itself may be readable where what follows it is not.
  const stretches: Array<Stretch> = mayRead(circumstancesAt(0)) ? [[1, (changes[0]?.roomSeq ?? Infinity) - 1]] : []
  for (const [index, change] of changes.entries()) {
    const end = (changes[index + 1]?.roomSeq ?? Number.POSITIVE_INFINITY) - 1
    if (mayRead(circumstancesAt(change.roomSeq))) stretches.push([change.roomSeq, end])
    else if (mayReadEntry(change)) stretches.push([change.roomSeq, change.roomSeq])
  }

  return {
    mayRead: mayReadEntry,
    membershipAt,
    stretches,
    readableUpTo: (seq) => {
      const stretch = stretches.findLast(([from]) => from <= seq)
      return stretch && Math.min(stretch[1], seq)
    },
    hasBeenIn: lastJoin > 0,
  } satisfies Readable
})

const lastUpTo = (changes: ReadonlyArray<SeenEntry>, seq: number) => changes.findLast(({ roomSeq }) => roomSeq <= seq)

const text = (value: unknown) => (typeof value === "string" ? value : undefined)
