/**
 * Whatever people do in whatever order, and however often their devices lose an answer, sign in anew or find the server
 * restarted: each device holds each event that its owner may see once and in order, the room's state as it is, and the
 * number of messages that its owner has not read. The same for classic and for sliding sync.
 */
import fc from "fast-check"
import { afterAll, beforeAll, expect, it } from "vitest"
import { classicReader, type HeldRoom, type Reader, slidingReader } from "../support/readers.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, request, type User } from "../support/user.ts"

let server: Server
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const people = 2
const roomCount = 2
const person = fc.nat({ max: people - 1 })
const room = fc.nat({ max: roomCount - 1 })
const which = fc.nat()

const command = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("say"), room, mentions: fc.option(person) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("answer"), person, room }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("redact"), room, which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("name"), room, name: fc.constantFrom("One", "Two", "") }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("read"), person, room, which }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("join"), person, room }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("leave", "kick"), person, room }) },
  { weight: 9, arbitrary: fc.record({ do: fc.constant("sync"), person, device: which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("lose", "reset"), person, device: which }) },
)
type Command = { readonly do: string; readonly mentions?: number | null; readonly name?: string } & Readonly<
  Partial<Record<"person" | "room" | "which" | "device", number>>
>

interface Message {
  readonly eventId: string
  readonly sender: string
  readonly mentions: string | undefined
  redacted: boolean
}

/** One person's place in a room: how many of its messages there were when they came, and when they last read it. */
interface Place {
  joined: boolean
  /** Comings and goings, so that a device knows whether it slept through some. */
  moves: number
  readUpTo: number
}

interface Room {
  readonly roomId: string
  readonly messages: Array<Message>
  readonly places: ReadonlyArray<Place>
}

/** What a device holds of a room, beside what it should. */
interface Comparison {
  readonly holds: unknown
  readonly due: unknown
}

interface Person {
  readonly user: User
  readonly devices: ReadonlyArray<{ readonly reader: Reader; readonly heldMoves: Map<string, number> }>
}

const signIn = async ({ userId }: User) => {
  const answer = await request(server.base, "POST", "/_matrix/client/v3/login", {
    type: "m.login.password",
    identifier: { type: "m.id.user", user: userId },
    password: "correct horse battery staple",
  })
  return { base: server.base, userId, token: String(answer.body["access_token"]) }
}

const devicesOf = async (user: User) => {
  const [one, other] = [await signIn(user), await signIn(user)]
  const readers = [
    classicReader("classic", one, 100),
    classicReader("classic with gaps", other, 2),
    slidingReader("sliding", one, 100),
    slidingReader("sliding with gaps", other, 2),
  ]
  return readers.map((reader) => ({ reader, heldMoves: new Map<string, number>() }))
}

class World {
  readonly owner: User
  readonly people: ReadonlyArray<Person>
  readonly rooms: ReadonlyArray<Room>

  private constructor(owner: User, people: ReadonlyArray<Person>, rooms: ReadonlyArray<Room>) {
    this.owner = owner
    this.people = people
    this.rooms = rooms
  }

  static async make() {
    const owner = await registerUser(server, "owner")
    const users = await Promise.all(Array.from({ length: people }, (_, i) => registerUser(server, `person${i}x`)))
    const rooms = await Promise.all(
      Array.from({ length: roomCount }, async () => ({
        roomId: await owner.createRoom({ preset: "public_chat" }),
        messages: [],
        places: users.map(() => ({ joined: false, moves: 0, readUpTo: 0 })),
      })),
    )
    return new World(
      owner,
      await Promise.all(users.map(async (user) => ({ user, devices: await devicesOf(user) }))),
      rooms,
    )
  }

  /** Does what the command says, and gives what there is to compare after it. */
  async run(command: Command): Promise<ReadonlyArray<Comparison>> {
    if (command.do !== "sync") {
      await this.act(command)
      return []
    }
    const index = command.person ?? 0
    const { devices } = this.people[index]!
    return this.syncDevice(index, devices[(command.device ?? 0) % devices.length]!)
  }

  async act(command: Command) {
    const room = this.rooms[command.room ?? 0]!
    const person = this.people[command.person ?? 0]!
    const place = room.places[command.person ?? 0]!
    const message = room.messages[(command.which ?? 0) % Math.max(1, room.messages.length)]
    const device = person.devices[(command.device ?? 0) % person.devices.length]!
    const { roomId } = room
    const say = async (user: User, mentions?: string) => {
      const content = { msgtype: "m.text", body: "hello", "m.mentions": { user_ids: mentions ? [mentions] : [] } }
      const eventId = await user.send(roomId, content)
      room.messages.push({ eventId, sender: user.userId, mentions, redacted: false })
    }
    const move = (joined: boolean) => {
      place.joined = joined
      place.moves++
      place.readUpTo = room.messages.length
    }
    switch (command.do) {
      case "say":
        return say(this.owner, command.mentions == null ? undefined : this.people[command.mentions]!.user.userId)
      case "answer":
        return place.joined ? say(person.user) : undefined
      case "redact": {
        if (message === undefined || message.redacted) return undefined
        await this.owner.ask("PUT", `/v3/rooms/${roomId}/redact/${message.eventId}/${message.eventId.slice(1, 9)}`, {})
        return void (message.redacted = true)
      }
      case "name":
        return this.owner.setState(roomId, "m.room.name", { name: command.name })
      case "read": {
        if (!place.joined || message === undefined) return undefined
        await person.user.ask("POST", `/v3/rooms/${roomId}/receipt/m.read/${message.eventId}`, {})
        return void (place.readUpTo = Math.max(place.readUpTo, room.messages.indexOf(message) + 1))
      }
      case "join":
        if (place.joined) return undefined
        await person.user.join(roomId)
        return move(true)
      case "leave":
        if (!place.joined) return undefined
        await person.user.ask("POST", `/v3/rooms/${roomId}/leave`, {})
        return move(false)
      case "kick":
        if (!place.joined) return undefined
        await this.owner.ask("POST", `/v3/rooms/${roomId}/kick`, { user_id: person.user.userId })
        return move(false)
      case "lose":
        return device.reader.lose()
      default:
        device.heldMoves.clear()
        return device.reader.reset()
    }
  }

  /** What every device holds after one more sync. */
  async settle() {
    const compared: Array<Comparison> = []
    for (const [index, person] of this.people.entries()) {
      for (const device of person.devices) compared.push(...(await this.syncDevice(index, device)))
    }
    return compared
  }

  async syncDevice(index: number, { reader, heldMoves }: Person["devices"][number]) {
    await reader.sync()
    const compared: Array<Comparison> = []
    for (const room of this.rooms) {
      const { roomId, places } = room
      const place = places[index]!
      const missedMoves = place.moves - (heldMoves.get(roomId) ?? Number.NEGATIVE_INFINITY)
      heldMoves.set(roomId, place.moves)
      const held = reader.rooms.get(roomId)
      const device = `${reader.name} of ${index}`
      // Who slept through a coming and a going has no whole picture of what was before them.
      if (!place.joined && (held === undefined || missedMoves > 1)) reader.forget(roomId)
      else
        compared.push({
          holds: { device, ...shown(held, room, place) },
          due: { device, ...(await this.due(room, index)) },
        })
    }
    return compared
  }

  async due({ roomId, messages, places }: Room, index: number) {
    const { userId } = this.people[index]!.user
    const place = places[index]!
    const events = await this.eventsOf(roomId)
    if (!place.joined) {
      const left = events.findLastIndex((event) => event.type === "m.room.member" && event.state_key === userId)
      return { events: events.slice(0, left + 1).map(({ event_id: id }) => id) }
    }
    const answered = messages.findLastIndex(({ sender }) => sender === userId) + 1
    const unread = messages.slice(Math.max(place.readUpTo, answered)).filter(({ redacted }) => !redacted)
    return {
      events: events.map(({ event_id: id }) => id),
      said: messages.map(({ eventId }) => eventId),
      state: await this.stateOf(roomId),
      notifications: unread.length,
      highlights: unread.filter(({ mentions }) => mentions === userId).length,
    }
  }

  async eventsOf(roomId: string) {
    const path = `/v3/rooms/${roomId}/messages?dir=b&limit=500`
    const { chunk } = await this.owner.ask<{
      chunk: Array<Record<"event_id" | "type", string> & { state_key?: string }>
    }>("GET", path)
    return chunk.reverse()
  }

  async stateOf(roomId: string) {
    const events = await this.owner.ask<Array<Record<"event_id" | "type" | "state_key", string>>>(
      "GET",
      `/v3/rooms/${roomId}/state`,
    )
    return Object.fromEntries(events.map((event) => [`${event.type}|${event.state_key}`, event.event_id]))
  }
}

/** Who has left a room holds its past; its state and counts are of no use any more. */
const shown = (held: HeldRoom | undefined, { messages }: Room, { joined }: Place) => {
  if (held === undefined || !joined) return { events: held?.events }
  const { events, state, notifications, highlights } = held
  const sent = new Set(messages.map(({ eventId }) => eventId))
  const said = events.filter((eventId) => sent.has(eventId))
  return { events, said, state: Object.fromEntries(state), notifications, highlights }
}

/** What once went wrong: a message that was counted before it was redacted. */
const redactedAfterCounting: Array<Command> = [
  { do: "join", person: 0, room: 0 },
  { do: "say", room: 0, mentions: 0 },
  { do: "sync", person: 0, device: 0 },
  { do: "redact", room: 0, which: 0 },
]

const commands: fc.Arbitrary<Array<Command>> = fc.array(command, { minLength: 20, maxLength: 50, size: "max" })

it("every device holds what its owner may see, in any order of events", async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (script) => {
      const world = await World.make()
      for (const one of script) for (const { holds, due } of await world.run(one)) expect(holds).toEqual(due)
      for (const { holds, due } of await world.settle()) expect(holds).toEqual(due)
    }),
    { numRuns: 12, examples: [[redactedAfterCounting]] },
  )
})

it("the same over restarts of the server", async () => {
  await fc.assert(
    fc.asyncProperty(commands, commands, fc.boolean(), async (before, after, crash) => {
      const world = await World.make()
      for (const one of before) for (const { holds, due } of await world.run(one)) expect(holds).toEqual(due)
      await (crash ? server.crash() : server.restart())
      for (const one of after) for (const { holds, due } of await world.run(one)) expect(holds).toEqual(due)
      for (const { holds, due } of await world.settle()) expect(holds).toEqual(due)
    }),
    { numRuns: 4 },
  )
})
