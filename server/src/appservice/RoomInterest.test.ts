import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import type { RoomAlias, RoomId, ServerName, UserId } from "@biz1/protocol/ids"
import type { EventEntry } from "../log/LogEntry.ts"
import { appserviceOf } from "./Registration.ts"
import { RoomInterest } from "./RoomInterest.ts"

const here = "here.example" as ServerName
const roomId = "!room:here.example" as RoomId
const [ghost, alice] = ["@_x_ghost:here.example", "@alice:here.example"] as [UserId, UserId]

const serviceWith = (namespaces: object) =>
  Result.getOrThrow(appserviceOf({ id: "x", as_token: "a", hs_token: "h", sender_localpart: "xbot", namespaces }, here))
const users = serviceWith({ users: [{ regex: "@_x_.*" }] })

const entry = (pos: number, sender: UserId, membership?: { readonly of: UserId; readonly is: string }): EventEntry => ({
  kind: "event",
  event: {
    eventId: `$${pos}` as EventEntry["event"]["eventId"],
    roomId,
    type: membership === undefined ? "m.room.message" : "m.room.member",
    stateKey: membership?.of,
    sender,
    content: membership === undefined ? {} : { membership: membership.is },
    originServerTs: 0,
    depth: pos,
    prevEvents: [],
    authEvents: [],
    redacts: undefined,
    pdu: {} as EventEntry["event"]["pdu"],
  },
  json: "{}",
  roomSeq: pos,
  stateGroup: 1,
  current: membership !== undefined,
  txn: undefined,
  redactedBy: undefined,
  applies: undefined,
  replaces: undefined,
  pos,
})

const interestOf = (service: typeof users, members: ReadonlyArray<UserId>, aliases: ReadonlyArray<string> = []) => {
  const asked: Array<number> = []
  const interest = new RoomInterest(service, {
    membersAt: (_, position) =>
      Effect.sync(() => {
        asked.push(position)
        return members
      }),
    aliasesOf: () => Effect.succeed(aliases as ReadonlyArray<RoomAlias>),
  })
  return { interest, asked }
}

const concerned = (interest: RoomInterest, entries: ReadonlyArray<EventEntry>) =>
  Effect.forEach(entries, (event) => interest.concerns(event))

describe("a service", () => {
  it.effect("hears from a user's coming to their going, both with it", () =>
    Effect.gen(function* () {
      const { interest, asked } = interestOf(users, [alice])
      const verdicts = yield* concerned(interest, [
        entry(10, alice),
        entry(11, alice, { of: ghost, is: "invite" }),
        entry(12, alice),
        entry(13, ghost, { of: ghost, is: "join" }),
        entry(14, alice),
        entry(15, alice, { of: ghost, is: "leave" }),
        entry(16, alice),
      ])
      assert.deepStrictEqual(verdicts, [false, true, false, true, true, true, false])
      assert.deepStrictEqual(asked, [9]) // as it was before the first event
    }),
  )

  it.effect("hears of rooms with its alias, until they lose it", () =>
    Effect.gen(function* () {
      const aliases = ["#_x_room:here.example"]
      const { interest } = interestOf(serviceWith({ aliases: [{ regex: "#_x_.*" }] }), [], aliases)
      assert.deepStrictEqual(yield* concerned(interest, [entry(1, alice)]), [true])
      aliases.pop()
      interest.forget(roomId)
      assert.deepStrictEqual(yield* concerned(interest, [entry(2, alice)]), [false])
    }),
  )

  it.effect("hears of its own user, and of nobody else's who only look alike", () =>
    Effect.gen(function* () {
      const elsewhere = "@_x_ghost:elsewhere.example" as UserId
      const bot = "@xbot:here.example" as UserId
      assert.isTrue(yield* interestOf(users, [bot]).interest.concernsRoom(roomId, 1))
      assert.isFalse(yield* interestOf(users, [elsewhere, alice]).interest.concernsRoom(roomId, 1))
    }),
  )
})
