/**
 * Devices that follow rooms as clients do: they apply what each sync tells to what they hold, and page back over gaps.
 * One speaks classic sync, one sliding sync; what they hold in the end is to be the same.
 */
import { request } from "./user.ts"

interface Event {
  readonly event_id: string
  readonly type: string
  readonly sender: string
  readonly state_key?: string
  readonly content: Readonly<Record<string, unknown>>
}

/** A room as a device holds it. */
export interface HeldRoom {
  /** Ids of events, in their order. */
  readonly events: ReadonlyArray<string>
  /** Ids of state events by type and state key. */
  readonly state: ReadonlyMap<string, string>
  readonly membership: Membership
  readonly notifications: number
  readonly highlights: number
  /** Counts of threads, where the device has them beside the room's. */
  readonly threads: Threads
  /** Who speaks in the timeline that the last answer brought. */
  readonly speakers: ReadonlySet<string>
}

type Membership = "join" | "invite" | "knock" | "leave"

interface Counts {
  readonly notification_count?: number
  readonly highlight_count?: number
}

/** What a device's counts are of: the room with its threads, both beside each other, or the room without its threads. */
export type Counting = "together" | "beside" | "without threads"

export type Threads = Readonly<Record<string, Counts>>

/** What one answer tells of a room, in whichever form it came. */
interface RoomNews {
  readonly roomId: string
  readonly membership: Membership
  readonly state: ReadonlyArray<Event>
  readonly timeline: ReadonlyArray<Event>
  readonly limited: boolean
  readonly prevBatch: string
  /** Takes the place of what was held. */
  readonly whole: boolean
  readonly unread: Counts | undefined
  readonly threads?: Threads | undefined
}

interface Account {
  readonly base: string
  readonly userId: string
  readonly token: string
}

export interface Reader {
  readonly name: string
  readonly counting: Counting
  /** Types of events that it wants in its timeline; undefined for all. */
  readonly types: ReadonlyArray<string> | undefined
  /** Whether of the members it wants to know only those who speak. */
  readonly lazy: boolean
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

/** Everything before a place that is not held yet, the oldest first. A room that was forgotten has no past any more. */
const pageBack = async (
  account: Account,
  { roomId, prevBatch }: RoomNews,
  held: ReadonlySet<string>,
  types: Manner["types"],
) => {
  const filter = types === undefined ? "" : `&filter=${encodeURIComponent(JSON.stringify({ types }))}`
  const found: Array<string> = []
  for (let at: string | undefined = prevBatch; at !== undefined;) {
    const path = `/v3/rooms/${encodeURIComponent(roomId)}/messages?dir=b&limit=50&from=${at}${filter}`
    const answer = await request(account.base, "GET", `/_matrix/client${path}`, undefined, account.token)
    if (answer.status === 403) return []
    const page = answer.body as unknown as { readonly chunk: ReadonlyArray<Event>; readonly end?: string }
    for (const { event_id: eventId } of page.chunk) {
      if (held.has(eventId)) return found.reverse()
      found.push(eventId)
    }
    at = page.end
  }
  return found.reverse()
}

const applied = async (
  account: Account,
  { types, stateAfter = false }: Manner,
  before: HeldRoom | undefined,
  news: RoomNews,
): Promise<HeldRoom> => {
  const base = news.whole ? undefined : before
  const held = new Set(base?.events)
  const told = news.timeline.map(({ event_id: eventId }) => eventId)
  const repeated = told.filter((eventId) => held.has(eventId))
  if (repeated.length > 0) throw new Error(`told again of ${repeated.join(", ")}`)
  const missed = news.limited ? await pageBack(account, news, held, types) : []
  const state = new Map(base?.state)
  for (const event of stateAfter ? news.state : [...news.state, ...news.timeline]) {
    if (event.state_key !== undefined) state.set(`${event.type}|${event.state_key}`, event.event_id)
  }
  return {
    events: [...(base?.events ?? []), ...missed, ...told],
    state,
    membership: news.membership,
    notifications: news.unread?.notification_count ?? base?.notifications ?? 0,
    highlights: news.unread?.highlight_count ?? base?.highlights ?? 0,
    threads: news.threads ?? base?.threads ?? {},
    speakers: new Set(news.timeline.map(({ sender }) => sender)),
  }
}

interface Manner {
  readonly counting: Counting
  readonly types?: ReadonlyArray<string>
  /** Takes the state from its section alone, which tells it as it is after the timeline. */
  readonly stateAfter?: boolean
  readonly lazy?: boolean
}

const reader = (name: string, account: Account, manner: Manner, ask: Ask): Reader => {
  let position: string | undefined
  const rooms = new Map<string, HeldRoom>()
  return {
    name,
    counting: manner.counting,
    types: manner.types,
    lazy: manner.lazy === true,
    rooms,
    sync: async () => {
      const answer = await ask(position, rooms)
      for (const [roomId, held] of rooms) rooms.set(roomId, { ...held, speakers: new Set() })
      for (const news of answer.news)
        rooms.set(news.roomId, await applied(account, manner, rooms.get(news.roomId), news))
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
  readonly state_after: { readonly events: ReadonlyArray<Event> }
  readonly unread_notifications?: Counts
  readonly unread_thread_notifications?: Threads
}

interface ClassicAnswer {
  readonly next_batch: string
  readonly rooms: Readonly<
    Record<"join" | "leave", Readonly<Record<string, ClassicRoom>>> & {
      invite: Readonly<Record<string, { readonly invite_state: { readonly events: ReadonlyArray<Event> } }>>
      knock: Readonly<Record<string, { readonly knock_state: { readonly events: ReadonlyArray<Event> } }>>
    }
  >
}

/** A room from outside: what is told must name the room's creation, and the user's own place. */
const fromOutside = (userId: string, roomId: string, stripped: ReadonlyArray<Event>): RoomNews => {
  const own = stripped.find(({ type, state_key: key }) => type === "m.room.member" && key === userId)
  if (own === undefined || !stripped.some(({ type }) => type === "m.room.create")) {
    throw new Error(`${roomId} lacks in its stripped state: ${JSON.stringify(stripped)}`)
  }
  const membership = own.content["membership"] as Membership
  return { roomId, membership, state: [], timeline: [], limited: false, prevBatch: "", whole: true, unread: undefined }
}

/** Who came into a room in this answer may hold something older of it: what is told takes its place. */
const comesIn = (userId: string, timeline: ReadonlyArray<Event>) =>
  timeline.some(
    ({ type, state_key: key, content }) =>
      type === "m.room.member" && key === userId && content["membership"] === "join",
  )

export const classicReader = (
  name: string,
  account: Account,
  limit: number,
  manner: Manner & { readonly counting: "together" | "beside" },
): Reader =>
  reader(name, account, manner, async (position, held) => {
    const { counting, types, stateAfter = false, lazy = false } = manner
    const wanted = { limit, unread_thread_notifications: counting === "beside", ...(types && { types }) }
    const filter = encodeURIComponent(
      JSON.stringify({ room: { timeline: wanted, state: { lazy_load_members: lazy } } }),
    )
    const since = position === undefined ? "" : `&since=${position}`
    const path = `/v3/sync?timeout=0&use_state_after=${stateAfter}&filter=${filter}${since}`
    const answer = await call<ClassicAnswer>(account, "GET", path)
    const inside = (["join", "leave"] as const).flatMap((membership) =>
      Object.entries(answer.rooms[membership]).map(([roomId, room]): RoomNews => {
        const { timeline, unread_notifications, unread_thread_notifications } = room
        const state = stateAfter ? room.state_after : room.state
        return {
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
          threads: unread_thread_notifications,
        }
      }),
    )
    const outside = [
      ...Object.entries(answer.rooms.invite).map(([roomId, room]) => [roomId, room.invite_state] as const),
      ...Object.entries(answer.rooms.knock).map(([roomId, room]) => [roomId, room.knock_state] as const),
    ].map(([roomId, { events }]) => fromOutside(account.userId, roomId, events))
    return { position: answer.next_batch, news: [...inside, ...outside] }
  })

interface SlidingRoom {
  readonly initial?: boolean
  readonly required_state?: ReadonlyArray<Event>
  readonly timeline?: ReadonlyArray<Event>
  readonly invite_state?: ReadonlyArray<Event>
  readonly limited?: boolean
  readonly prev_batch?: string
  readonly notification_count?: number
  readonly highlight_count?: number
}

interface SlidingAnswer {
  readonly pos: string
  readonly rooms: Readonly<Record<string, SlidingRoom>>
}

/** All that the rooms have but for members, and of these who speaks, and oneself. */
const lazyState = [
  ...["create", "power_levels", "join_rules", "history_visibility", "guest_access", "name"].map((name) => [
    `m.room.${name}`,
    "",
  ]),
  ["com.biz1.conversation", ""],
  ["m.room.member", "$LAZY"],
  ["m.room.member", "$ME"],
]

const slidingPath = "/unstable/org.matrix.simplified_msc3575/sync?timeout=0"

export const slidingReader = (name: string, account: Account, limit: number, { lazy = false } = {}): Reader =>
  reader(name, account, { counting: "without threads", lazy }, async (position) => {
    const required = lazy ? lazyState : [["*", "*"]]
    const list = { ranges: [[0, 9]], timeline_limit: limit, required_state: required }
    const at = position === undefined ? "" : `&pos=${position}`
    const answer = await call<SlidingAnswer>(account, "POST", slidingPath + at, { conn_id: name, lists: { all: list } })
    const news = Object.entries(answer.rooms).map(([roomId, room]): RoomNews => {
      const { required_state: state = [], timeline = [], initial = false, limited = false, prev_batch } = room
      if (room.invite_state !== undefined) return fromOutside(account.userId, roomId, room.invite_state)
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
