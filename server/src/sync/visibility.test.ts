import { Effect, Layer } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { RoomId, UserId } from "@biz1/protocol/ids"
import type { EventEntry } from "../log/LogEntry.ts"
import { EventStore } from "../store/EventStore.ts"
import { readable } from "./visibility.ts"

const roomId = "!room" as RoomId
const alice = "@alice:test.example" as UserId

/** An event of the room, with what the reading asks of it. */
const entry = (roomSeq: number, type: string, content: object, stateKey?: string) =>
  ({ roomSeq, event: { type, content, stateKey } }) as unknown as EventEntry

const message = fc.constant({ type: "m.room.message", stateKey: undefined, content: {} })
const visibility = fc
  .constantFrom("world_readable", "shared", "invited", "joined", "unheard_of")
  .map((value) => ({ type: "m.room.history_visibility", stateKey: "", content: { history_visibility: value } }))
const membership = fc
  .constantFrom("join", "invite", "leave", "ban", "knock")
  .map((value) => ({ type: "m.room.member", stateKey: alice, content: { membership: value } }))

const history = fc
  .array(fc.oneof(message, visibility, membership), { maxLength: 12 })
  .map((events) => events.map(({ type, content, stateKey }, index) => entry(index + 1, type, content, stateKey)))

const ask = (events: ReadonlyArray<EventEntry>) =>
  Effect.runSync(
    readable(roomId, alice).pipe(
      Effect.provide(
        Layer.mock(EventStore, {
          visibilityChanges: () => Effect.succeed(events.filter(({ event }) => event.stateKey !== undefined)),
        }),
      ),
    ),
  )

describe("what a user may read", () => {
  it("is the same asked by stretch and by event", () => {
    fc.assert(
      fc.property(history, (events) => {
        const { mayRead, stretches } = ask(events)
        const inStretch = ({ roomSeq }: EventEntry) => stretches.some(([from, to]) => from <= roomSeq && roomSeq <= to)
        expect(events.filter(inStretch)).toEqual(events.filter(mayRead))
      }),
    )
  })

  it("ends at the last place at or before another that may be read", () => {
    fc.assert(
      fc.property(history, fc.nat(12), (events, anywhere) => {
        const { mayRead, readableUpTo } = ask(events)
        const place = Math.min(anywhere, events.length)
        expect(readableUpTo(place)).toBe(events.findLast((one) => one.roomSeq <= place && mayRead(one))?.roomSeq)
      }),
    )
  })

  it("never holds what came after a member left, unless the room is open to the world", () => {
    fc.assert(
      fc.property(history, (events) => {
        const left = events.findLastIndex(({ event }) => event.type === "m.room.member")
        fc.pre(left >= 0 && ["leave", "ban"].includes(String(events[left]!.event.content["membership"])))
        fc.pre(events.every(({ event }) => event.content["history_visibility"] !== "world_readable"))
        const { mayRead } = ask(events)
        expect(events.slice(left + 1).filter(mayRead)).toEqual([])
      }),
    )
  })
})
