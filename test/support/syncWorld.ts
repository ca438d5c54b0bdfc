/** People, rooms and devices: does what a story says, and lays what a device holds beside what it is due. */
import { classicReader, type HeldRoom, type Reader, slidingReader } from "./readers.ts"
import {
  countsOf,
  type Message,
  newcomer,
  type Place,
  readableBy,
  type RoomEvent,
  rootOf,
  unreadOf,
  type Viewer,
} from "./syncModel.ts"
import type { Server } from "./server.ts"
import { registerUser, request, type User } from "./user.ts"

/** What somebody does; the numbers choose among who and what there is. */
export interface Command {
  readonly do: string
  readonly person?: number
  readonly room?: number
  readonly device?: number
  readonly which?: number
  readonly mentions?: number | null
  readonly inThread?: boolean
  readonly hidden?: boolean
  readonly text?: string
}

interface Room {
  readonly roomId: string
  readonly joinRule: "public" | "knock"
  readonly messages: Array<Message>
  readonly places: ReadonlyArray<Place>
}

/** What a device holds of a room, beside what it should. */
export interface Comparison {
  readonly holds: unknown
  readonly due: unknown
}

interface Device {
  readonly reader: Reader
  readonly heldMoves: Map<string, number>
}

interface Person {
  readonly user: User
  readonly devices: ReadonlyArray<Device>
  ignores: boolean
}

export const people = 2
const joinRules = ["public", "knock"] as const
export const roomCount = joinRules.length
export const visibilities = ["world_readable", "shared", "invited", "joined"]

export class World {
  readonly owner: User
  readonly people: ReadonlyArray<Person>
  readonly rooms: ReadonlyArray<Room>

  private constructor(owner: User, people: ReadonlyArray<Person>, rooms: ReadonlyArray<Room>) {
    this.owner = owner
    this.people = people
    this.rooms = rooms
  }

  static async make(server: Server) {
    const owner = await registerUser(server, "owner")
    const users = await Promise.all(Array.from({ length: people }, (_, i) => registerUser(server, `person${i}x`)))
    const rooms = await Promise.all(
      joinRules.map(async (joinRule): Promise<Room> => {
        const roomId = await owner.createRoom({ preset: "public_chat" })
        await owner.setState(roomId, "m.room.join_rules", { join_rule: joinRule })
        return { roomId, joinRule, messages: [], places: users.map(newcomer) }
      }),
    )
    const persons = users.map(async (user) => ({ user, devices: await devicesOf(server, user), ignores: false }))
    return new World(owner, await Promise.all(persons), rooms)
  }

  /** Does what the command says, and gives what there is to compare after it. */
  async run(command: Command): Promise<ReadonlyArray<Comparison>> {
    const index = command.person ?? 0
    const { devices } = this.people[index]!
    if (command.do === "sync") return this.#sync(index, devices[(command.device ?? 0) % devices.length]!)
    await this.#act(command)
    return []
  }

  /** What every device holds after one more sync. */
  async settle() {
    const compared: Array<Comparison> = []
    for (const [index, person] of this.people.entries()) {
      for (const device of person.devices) compared.push(...(await this.#sync(index, device)))
    }
    return compared
  }

  async #act(command: Command): Promise<unknown> {
    const index = command.person ?? 0
    const room = this.rooms[command.room ?? 0]!
    const person = this.people[index]!
    const place = room.places[index]!
    const message = room.messages[(command.which ?? 0) % Math.max(1, room.messages.length)]
    const device = person.devices[(command.device ?? 0) % person.devices.length]!
    const { roomId } = room
    const { user } = person

    const say = async (by: User) => {
      const mentions = command.mentions == null ? undefined : this.people[command.mentions]!.user.userId
      const thread = command.inThread === true && message !== undefined ? rootOf(message) : undefined
      const eventId = await by.send(roomId, {
        msgtype: "m.text",
        body: "hello",
        "m.mentions": { user_ids: mentions === undefined ? [] : [mentions] },
        ...(thread === undefined ? {} : { "m.relates_to": { rel_type: "m.thread", event_id: thread } }),
      })
      room.messages.push({ eventId, sender: by.userId, mentions, thread: thread ?? "main", redacted: false })
    }
    const move = (membership: Place["membership"]) => {
      place.wentOut = place.membership === "join" && membership !== "join"
      if (membership === "join") place.read = room.messages.length
      place.membership = membership
      place.forgotten = false
      place.moves++
    }
    /** The owner does something with the person, who stands afterwards as said, if they stand as it takes. */
    const treat = async (how: string, from: ReadonlyArray<Place["membership"]>, to: Place["membership"]) => {
      if (!from.includes(place.membership)) return
      await this.owner.ask("POST", `/v3/rooms/${roomId}/${how}`, { user_id: user.userId })
      move(to)
    }
    const isIn = place.membership === "join"

    switch (command.do) {
      case "say":
        return say(this.owner)
      case "answer":
        return isIn && say(user)
      case "react": {
        if (!isIn || message === undefined || message.redacted) return
        if (!(await this.#maySee(room, index, message))) return
        const key = String(room.messages.length * 100 + (command.which ?? 0))
        const relation = { rel_type: "m.annotation", event_id: message.eventId, key }
        const answer = await user.call("PUT", `/v3/rooms/${roomId}/send/m.reaction/${key}`, {
          "m.relates_to": relation,
        })
        if (answer.status !== 200 && answer.body["errcode"] !== "M_DUPLICATE_ANNOTATION") throw new Error("no reaction")
        return
      }
      case "edit": {
        if (message === undefined || message.redacted || message.sender !== this.owner.userId) return
        const content = { msgtype: "m.text", body: "better", "m.mentions": {} }
        const relation = { rel_type: "m.replace", event_id: message.eventId }
        return this.owner.send(roomId, { ...content, "m.new_content": content, "m.relates_to": relation })
      }
      case "redact": {
        if (message === undefined || message.redacted) return
        await this.owner.ask("PUT", `/v3/rooms/${roomId}/redact/${message.eventId}/${message.eventId.slice(1, 9)}`, {})
        return void (message.redacted = true)
      }
      case "name":
        return this.owner.setState(roomId, "m.room.name", { name: command.text ?? "" })
      case "visibility": {
        const visibility = visibilities[(command.which ?? 0) % visibilities.length]
        return this.owner.setState(roomId, "m.room.history_visibility", { history_visibility: visibility })
      }
      case "read": {
        if (!isIn || message === undefined || !(await this.#maySee(room, index, message))) return
        const type = command.hidden === true ? "m.read.private" : "m.read"
        const threaded = command.inThread === true && !message.redacted
        const body = threaded ? { thread_id: message.thread } : {}
        await user.ask("POST", `/v3/rooms/${roomId}/receipt/${type}/${message.eventId}`, body)
        const upTo = room.messages.indexOf(message) + 1
        if (!threaded) return void (place.read = Math.max(place.read, upTo))
        return place.readThreads.set(message.thread, Math.max(place.readThreads.get(message.thread) ?? 0, upTo))
      }
      case "join": {
        const maySimply = room.joinRule === "public" && place.membership !== "ban" && !isIn
        if (!maySimply && place.membership !== "invite") return
        await user.join(roomId)
        return move("join")
      }
      case "knock": {
        if (room.joinRule !== "knock" || place.membership !== "leave") return
        await user.ask("POST", `/v3/knock/${roomId}`, {})
        return move("knock")
      }
      case "leave":
        if (place.membership === "leave" || place.membership === "ban") return
        await user.ask("POST", `/v3/rooms/${roomId}/leave`, {})
        return move("leave")
      case "invite":
        return treat("invite", ["leave", "knock"], "invite")
      case "kick":
        return treat("kick", ["join", "invite", "knock"], "leave")
      case "ban":
        return treat("ban", ["join", "invite", "knock", "leave"], "ban")
      case "unban":
        return treat("unban", ["ban"], "leave")
      case "forget":
        if (place.membership !== "leave" || place.moves === 0) return
        await user.ask("POST", `/v3/rooms/${roomId}/forget`, {})
        return void (place.forgotten = true)
      case "ignore": {
        // Who changes whom they ignore begins anew, as the specification asks of clients.
        person.ignores = !person.ignores
        const ignored_users = person.ignores ? { [this.people[1 - index]!.user.userId]: {} } : {}
        await user.ask("PUT", `/v3/user/${user.userId}/account_data/m.ignored_user_list`, { ignored_users })
        return person.devices.forEach(resetDevice)
      }
      case "lose":
        return device.reader.lose()
      default:
        return resetDevice(device)
    }
  }

  async #sync(index: number, { reader, heldMoves }: Device) {
    await reader.sync()
    const compared: Array<Comparison> = []
    for (const room of this.rooms) {
      const { roomId, places } = room
      const place = places[index]!
      const missedMoves = place.moves - (heldMoves.get(roomId) ?? Number.NEGATIVE_INFINITY)
      heldMoves.set(roomId, place.moves)
      const held = reader.rooms.get(roomId)
      const device = `${reader.name} of ${index} in ${this.rooms.indexOf(room)}`
      const outside = place.membership === "leave" || place.membership === "ban"
      if (outside && held === undefined) continue
      const holds = { device, membership: held?.membership }
      const due = { device, membership: outside ? "leave" : place.membership }
      if (place.membership === "join") {
        compared.push({
          holds: { ...holds, ...shown(held, room, reader) },
          due: { ...due, ...(await this.#due(room, index, reader)) },
        })
      } else if (outside && place.wentOut && missedMoves <= 1 && !place.forgotten) {
        compared.push({
          holds: { ...holds, events: held?.events },
          due: {
            ...due,
            events: readableBy(this.#viewer(index), await this.#eventsOf(room), {
              types: reader.types,
              until: "they left",
            }),
          },
        })
      } else {
        // Of who is not inside yet, or slept through a coming and a going, nothing but their place is certain.
        compared.push({ holds, due })
        if (outside) reader.forget(roomId)
      }
    }
    return compared
  }

  async #due(room: Room, index: number, reader: Reader) {
    const { counting, types } = reader
    const viewer = this.#viewer(index)
    const events = readableBy(viewer, await this.#eventsOf(room), { types })
    const sent = new Set(room.messages.map(({ eventId }) => eventId))
    return {
      events,
      said: events.filter((eventId) => sent.has(eventId)),
      state: knownBy(reader, room, Object.entries(await this.#stateOf(room))),
      ...countsOf(viewer, unreadOf(viewer, room.messages, room.places[index]!), counting),
    }
  }

  #viewer(index: number): Viewer {
    const { user, ignores } = this.people[index]!
    return { userId: user.userId, ignored: ignores ? this.people[1 - index]!.user.userId : undefined }
  }

  async #eventsOf({ roomId }: Room) {
    const path = `/v3/rooms/${roomId}/messages?dir=b&limit=1000`
    const { chunk } = await this.owner.ask<{ chunk: Array<RoomEvent> }>("GET", path)
    return chunk.reverse()
  }

  async #maySee(room: Room, index: number, { eventId }: Message) {
    return readableBy(this.#viewer(index), await this.#eventsOf(room)).includes(eventId)
  }

  async #stateOf({ roomId }: Room) {
    const events = await this.owner.ask<ReadonlyArray<RoomEvent>>("GET", `/v3/rooms/${roomId}/state`)
    return Object.fromEntries(events.map((event) => [`${event.type}|${event.state_key}`, event.event_id]))
  }
}

const resetDevice = ({ reader, heldMoves }: Device) => {
  heldMoves.clear()
  reader.reset()
}

/** Two logins of a person, each followed in both ways, with and without gaps. */
const devicesOf = async (server: Server, user: User): Promise<ReadonlyArray<Device>> => {
  const [one, other, third] = [await signIn(server, user), await signIn(server, user), await signIn(server, user)]
  const readers = [
    classicReader("classic", one, 100, { counting: "together" }),
    classicReader("classic with gaps", other, 2, { counting: "beside" }),
    classicReader("classic with the state after, and gaps", one, 2, { counting: "beside", stateAfter: true }),
    classicReader("classic of messages", other, 3, { counting: "together", types: ["m.room.message"] }),
    classicReader("classic and lazy, with gaps", third, 2, { counting: "together", lazy: true }),
    slidingReader("sliding and lazy, with gaps", third, 2, { lazy: true }),
    slidingReader("sliding", one, 100),
    slidingReader("sliding with gaps", other, 2),
  ]
  return readers.map((reader) => ({ reader, heldMoves: new Map<string, number>() }))
}

const signIn = async ({ base }: Server, { userId }: User) => {
  const answer = await request(base, "POST", "/_matrix/client/v3/login", {
    type: "m.login.password",
    identifier: { type: "m.id.user", user: userId },
    password: "correct horse battery staple",
  })
  return { base, userId, token: String(answer.body["access_token"]) }
}

/** Of the members a lazy device knows for certain only those who speak. */
const knownBy = ({ lazy, rooms }: Reader, { roomId }: Room, state: Iterable<[key: string, eventId: string]>) => {
  const speakers = rooms.get(roomId)?.speakers
  const isKnown = (key: string) =>
    !lazy || !key.startsWith("m.room.member|") || speakers?.has(key.slice("m.room.member|".length)) === true
  return Object.fromEntries([...state].filter(([key]) => isKnown(key)))
}

const shown = (held: HeldRoom | undefined, room: Room, reader: Reader) => {
  if (held === undefined) return {}
  const { events, state, notifications, highlights, threads } = held
  const sent = new Set(room.messages.map(({ eventId }) => eventId))
  const said = events.filter((eventId) => sent.has(eventId))
  return { events, said, state: knownBy(reader, room, state), notifications, highlights, threads }
}
