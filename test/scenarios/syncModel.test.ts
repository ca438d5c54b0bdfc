/**
 * Whatever people do in whatever order, and however often their devices lose an answer, sign in anew or find the server
 * killed: each device holds each event that its owner may see once and in order, the room's state as it is, and the
 * number of messages that its owner has not read, by threads where it wants. The same for classic and sliding sync.
 *
 * `SYNC_MODEL_RUNS` says how many such stories are told, and the seed that a failure prints tells one again.
 */
import fc from "fast-check"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Server, startServer } from "../support/server.ts"
import { type Command, people, roomCount, visibilities, World } from "../support/syncWorld.ts"

let server: Server
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const person = fc.nat({ max: people - 1 })
const room = fc.nat({ max: roomCount - 1 })
const which = fc.nat({ max: 20 })
const inThread = fc.boolean()
const one = (name: string, fields: object = {}) => fc.record({ do: fc.constant(name), ...fields })
const moves = ["leave", "kick", "ban", "unban", "invite", "invite", "knock", "knock", "forget"]

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: one("say", { room, mentions: fc.option(person), inThread, which }) },
  { weight: 3, arbitrary: one("answer", { person, room, inThread, which }) },
  { weight: 1, arbitrary: one("react", { person, room, which }) },
  { weight: 1, arbitrary: one("edit", { room, which }) },
  { weight: 2, arbitrary: one("redact", { room, which }) },
  { weight: 2, arbitrary: one("name", { room, text: fc.constantFrom("One", "Two", "") }) },
  { weight: 1, arbitrary: one("visibility", { room, which: fc.nat({ max: visibilities.length - 1 }) }) },
  { weight: 3, arbitrary: one("read", { person, room, which, inThread, hidden: fc.boolean() }) },
  { weight: 4, arbitrary: one("join", { person, room }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom(...moves), person, room }) },
  { weight: 1, arbitrary: one("ignore", { person }) },
  { weight: 10, arbitrary: one("sync", { person, device: which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("lose", "reset"), person, device: which }) },
)

const story: fc.Arbitrary<Array<Command>> = fc.array(command, { minLength: 1, maxLength: 60, size: "max" })

/** What once went wrong. */
const redactedAfterCounting: Array<Command> = [
  { do: "join", person: 0, room: 0 },
  { do: "say", room: 0, mentions: 0 },
  { do: "sync", person: 0, device: 0 },
  { do: "redact", room: 0, which: 0 },
]
const redactedUnseen: Array<Command> = [
  { do: "join", person: 0, room: 0 },
  { do: "say", room: 0 },
  { do: "sync", person: 0, device: 3 },
  { do: "redact", room: 0, which: 0 },
  { do: "sync", person: 0, device: 0 },
]
const reactedToUnread: Array<Command> = [
  { do: "join", person: 0, room: 0 },
  { do: "say", room: 0 },
  { do: "react", person: 0, room: 0, which: 0 },
]
const changedInHiding: Array<Command> = [
  { do: "visibility", room: 0, which: 2 },
  { do: "invite", person: 1, room: 0 },
  { do: "join", person: 0, room: 0 },
]
const forgottenElsewhere: Array<Command> = [
  { do: "invite", person: 0, room: 0 },
  { do: "sync", person: 0, device: 0 },
  { do: "leave", person: 0, room: 0 },
  { do: "forget", person: 0, room: 0 },
]
const onceWrong = [redactedAfterCounting, redactedUnseen, reactedToUnread, changedInHiding, forgottenElsewhere]

/** What there is to compare while stories are told one after the other, and when all devices have synced in the end. */
async function* compared(stories: ReadonlyArray<ReadonlyArray<Command>>, between: () => Promise<void>) {
  const world = await World.make(server)
  for (const [index, story] of stories.entries()) {
    if (index > 0) await between()
    for (const one of story) yield* await world.run(one)
  }
  yield* await world.settle()
}

const runs = Number(process.env["SYNC_MODEL_RUNS"] ?? 16)
const timeoutMs = 120_000 + runs * 5000

it(
  "every device holds what its owner may see, in any order of events",
  async () => {
    await fc.assert(
      fc.asyncProperty(story, async (story) => {
        for await (const { holds, due } of compared([story], server.crash)) expect(holds).toEqual(due)
      }),
      { numRuns: runs, examples: onceWrong.map((story) => [story]) },
    )
  },
  timeoutMs,
)

it(
  "the same where the server is killed in between",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(story, { minLength: 2, maxLength: 3 }), async (stories) => {
        for await (const { holds, due } of compared(stories, server.crash)) expect(holds).toEqual(due)
      }),
      { numRuns: Math.ceil(runs / 4) },
    )
  },
  timeoutMs,
)
