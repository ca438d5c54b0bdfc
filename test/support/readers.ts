/**
 * Devices that follow rooms as clients do: they apply what each sync tells to what they hold, and page back over gaps.
 * One speaks classic sync, one sliding sync; what they hold in the end is to be the same.
 */
import { request } from "./user.ts"

interface Event {
  readonly event_id: string
  readonly type: string
  readonly state_key?: string
  readonly content: Readonly<Record<string, unknown>>
}

/** A room as a device holds it. */
export interface HeldRoom {
  /** Ids of events, in their order. */
  readonly events: ReadonlyArray<string>
  /** Ids of state events by type and state key. */
  readonly state: ReadonlyMap<string, string>
  readonly membership: "join" | "leave"
  readonly notifications: number
  readonly highlights: number
}

/** What one answer tells of a room, in whichever form it came. */
interface RoomNews {
  readonly roomId: string
  readonly membership: "join" | "leave"
  readonly state: ReadonlyArray<Event>
  readonly timeline: ReadonlyArray<Event>
  readonly limited: boolean
  readonly prevBatch: string
  /** Takes the place of what was held. */
  readonly whole: boolean
  readonly unread: { readonly notification_count?: number; readonly highlight_count?: number } | undefined
}

interface Account {
  readonly base: string
  readonly userId: string
  readonly token: string
}

export interface Reader {
  readonly name: string
  readonly rooms: ReadonlyMap<string, HeldRoom>
  readonly sync: () => Promise<void>
  /** Asks, and loses the answer. */
  readonly lose: () => Promise<void>
  /** Forgets everything, as one who signs in anew. */
  readonly reset: () => void
  readonly forget: (roomId: string) => void
}

interface Answer {
  readonly position: string
  readonly news: ReadonlyArray<RoomNews>
}

type Ask = (position: string | undefined, held: ReadonlyMap<string, HeldRoom>) => Promise<Answer>

const call = async <A>({ base, token }: Account, method: "GET" | "POST", path: string, body?: object): Promise<A> => {
  const answer = await request(base, method, `/_matrix/client${path}`, body, token)
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body as A
}

/** Everything before a place that is not held yet, the oldest first. */
const pageBack = async (account: Account, roomId: string, from: string, held: ReadonlySet<string>) => {
  const found: Array<string> = []
  for (let at: string | undefined = from; at !== undefined;) {
    const path = `/v3/rooms/${encodeURIComponent(roomId)}/messages?dir=b&limit=50&from=${at}`
    const page: { readonly chunk: ReadonlyArray<Event>; readonly end?: string } = await call(account, "GET", path)
    for (const { event_id: eventId } of page.chunk) {
      if (held.has(eventId)) return found.reverse()
      found.push(eventId)
    }
    at = page.end
  }
  return found.reverse()
}

const applied = async (account: Account, before: HeldRoom | undefined, news: RoomNews): Promise<HeldRoom> => {
  const base = news.whole ? undefined : before
  const held = new Set(base?.events)
  const told = news.timeline.map(({ event_id: eventId }) => eventId)
  const repeated = told.filter((eventId) => held.has(eventId))
  if (repeated.length > 0) throw new Error(`told again of ${repeated.join(", ")}`)
  const missed = news.limited ? await pageBack(account, news.roomId, news.prevBatch, held) : []
  const state = new Map(base?.state)
  for (const event of [...news.state, ...news.timeline]) {
    if (event.state_key !== undefined) state.set(`${event.type}|${event.state_key}`, event.event_id)
  }
  return {
    events: [...(base?.events ?? []), ...missed, ...told],
    state,
    membership: news.membership,
    notifications: news.unread?.notification_count ?? base?.notifications ?? 0,
    highlights: news.unread?.highlight_count ?? base?.highlights ?? 0,
  }
}

const reader = (name: string, account: Account, ask: Ask): Reader => {
  let position: string | undefined
  const rooms = new Map<string, HeldRoom>()
  return {
    name,
    rooms,
    sync: async () => {
      const answer = await ask(position, rooms)
      for (const news of answer.news) rooms.set(news.roomId, await applied(account, rooms.get(news.roomId), news))
      position = answer.position
    },
    lose: async () => void (await ask(position, rooms)),
    reset: () => {
      position = undefined
      rooms.clear()
    },
    forget: (roomId) => void rooms.delete(roomId),
  }
}

interface ClassicRoom {
  readonly timeline: { readonly events: ReadonlyArray<Event>; readonly limited: boolean; readonly prev_batch: string }
  readonly state: { readonly events: ReadonlyArray<Event> }
  readonly unread_notifications?: RoomNews["unread"]
}

interface ClassicAnswer {
  readonly next_batch: string
  readonly rooms: Readonly<Record<"join" | "leave", Readonly<Record<string, ClassicRoom>>>>
}

/** Who came into a room in this answer may hold something older of it: what is told takes its place. */
const comesIn = (userId: string, timeline: ReadonlyArray<Event>) =>
  timeline.some(
    ({ type, state_key: key, content }) =>
      type === "m.room.member" && key === userId && content["membership"] === "join",
  )

export const classicReader = (name: string, account: Account, timelineLimit: number): Reader =>
  reader(name, account, async (position, held) => {
    const filter = encodeURIComponent(JSON.stringify({ room: { timeline: { limit: timelineLimit } } }))
    const since = position === undefined ? "" : `&since=${position}`
    const answer = await call<ClassicAnswer>(account, "GET", `/v3/sync?timeout=0&filter=${filter}${since}`)
    const news = (["join", "leave"] as const).flatMap((membership) =>
      Object.entries(answer.rooms[membership]).map(([roomId, { timeline, state, unread_notifications }]) => ({
        roomId,
        membership,
        state: state.events,
        timeline: timeline.events,
        limited: timeline.limited,
        prevBatch: timeline.prev_batch,
        whole:
          membership === "join" &&
          (held.get(roomId)?.membership !== "join" ||
            comesIn(account.userId, timeline.events) ||
            state.events.some(({ type }) => type === "m.room.create")),
        unread: unread_notifications,
      })),
    )
    return { position: answer.next_batch, news }
  })

interface SlidingRoom {
  readonly initial?: boolean
  readonly required_state?: ReadonlyArray<Event>
  readonly timeline?: ReadonlyArray<Event>
  readonly limited?: boolean
  readonly prev_batch?: string
  readonly notification_count?: number
  readonly highlight_count?: number
}

interface SlidingAnswer {
  readonly pos: string
  readonly rooms: Readonly<Record<string, SlidingRoom>>
}

const slidingPath = "/unstable/org.matrix.simplified_msc3575/sync?timeout=0"

export const slidingReader = (name: string, account: Account, timelineLimit: number): Reader =>
  reader(name, account, async (position) => {
    const list = { ranges: [[0, 9]], timeline_limit: timelineLimit, required_state: [["*", "*"]] }
    const at = position === undefined ? "" : `&pos=${position}`
    const answer = await call<SlidingAnswer>(account, "POST", slidingPath + at, { conn_id: name, lists: { all: list } })
    const news = Object.entries(answer.rooms).map(([roomId, room]): RoomNews => {
      const { required_state: state = [], timeline = [], initial = false, limited = false, prev_batch } = room
      const own = state.find(({ type, state_key: key }) => type === "m.room.member" && key === account.userId)
      const leaves = own !== undefined && own.content["membership"] !== "join"
      return {
        roomId,
        membership: leaves ? "leave" : "join",
        state,
        timeline,
        limited,
        prevBatch: prev_batch ?? "",
        whole: initial,
        unread: leaves ? undefined : room,
      }
    })
    return { position: answer.pos, news }
  })
