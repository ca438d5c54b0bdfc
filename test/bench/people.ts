/** Accounts and rooms for the benchmark, over nothing but the Client-Server API. */
import { randomBytes } from "node:crypto"
import { Agent, request as send } from "node:http"

const agent = new Agent({ keepAlive: true, maxSockets: 1024 })
const password = "a password for the benchmark"
const run = randomBytes(4).toString("hex")
let people = 0

type Events = ReadonlyArray<{ readonly type: string; readonly content: { readonly body?: string } }>

interface Timeline {
  readonly timeline: { readonly events: Events; readonly limited?: boolean; readonly prev_batch?: string }
}

interface Page {
  readonly chunk: Events
  readonly end?: string
}

const messagesOf = (events: Events) =>
  events.filter(({ type }) => type === "m.room.message").map(({ content }) => content.body ?? "")

/** One request; node's own client, as it costs the least of this process. */
const call = <A>(base: string, method: string, path: string, token?: string, body?: unknown): Promise<A> =>
  new Promise((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const outgoing = send(new URL(`/_matrix/client/v3${path}`, base), { method, agent, headers }, (incoming) => {
      let text = ""
      incoming.setEncoding("utf8")
      incoming.on("data", (chunk: string) => (text += chunk))
      incoming.on("end", () => {
        if (incoming.statusCode === 200) resolve(JSON.parse(text) as A)
        else reject(new Error(`${method} ${path}: ${incoming.statusCode} ${text}`))
      })
    })
    outgoing.on("error", reject)
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  })

export const register = async (base: string) => {
  const username = `bench-${run}-${people++}`
  const account = await call<{ readonly user_id: string; readonly access_token: string }>(
    base,
    "POST",
    "/register",
    undefined,
    {
      username,
      password,
      auth: { type: "m.login.dummy" },
    },
  )
  const token = account.access_token
  const room = (roomId: string) => `/rooms/${encodeURIComponent(roomId)}`
  const page = (roomId: string, from: string) => {
    const query = `dir=b&limit=100${from === "" ? "" : `&from=${encodeURIComponent(from)}`}`
    return call<Page>(base, "GET", `${room(roomId)}/messages?${query}`, token)
  }
  return {
    userId: account.user_id,
    createRoom: async (options: object) =>
      (await call<{ readonly room_id: string }>(base, "POST", "/createRoom", token, options)).room_id,
    join: (roomId: string) => call(base, "POST", `${room(roomId)}/join`, token, {}),
    send: (roomId: string, content: object, txnId: string) =>
      call(base, "PUT", `${room(roomId)}/send/m.room.message/${encodeURIComponent(txnId)}`, token, content),
    /** The next token, the messages of a room that came with it, and where a gap begins if there is one before them. */
    sync: async (since: string | undefined, timeout: number, roomId = "") => {
      const query = new URLSearchParams({ timeout: String(timeout), filter: '{"room":{"timeline":{"limit":100}}}' })
      if (since !== undefined) query.set("since", since)
      const response = await call<{
        readonly next_batch: string
        readonly rooms?: { readonly join?: Record<string, Timeline> }
      }>(base, "GET", `/sync?${query.toString()}`, token)
      const timeline = response.rooms?.join?.[roomId]?.timeline
      return {
        token: response.next_batch,
        bodies: messagesOf(timeline?.events ?? []),
        gapBefore: since !== undefined && timeline?.limited === true ? timeline.prev_batch : undefined,
      }
    },
    /** The messages between a gap's end and the last known one, oldest first. */
    missed: async (roomId: string, gapBefore: string, lastKnown: string | undefined) => {
      const missed: Array<string> = []
      for (let from: string | undefined = gapBefore; from !== undefined;) {
        const { chunk, end }: Page = await page(roomId, from)
        const messages = messagesOf(chunk)
        const known = lastKnown === undefined ? -1 : messages.indexOf(lastKnown)
        missed.push(...(known < 0 ? messages : messages.slice(0, known)))
        from = known < 0 ? end : undefined
      }
      return missed.reverse()
    },
    /** A page of a room's past; gives where the next one begins. */
    page: async (roomId: string, from: string) => (await page(roomId, from)).end,
    login: () =>
      call(base, "POST", "/login", undefined, {
        type: "m.login.password",
        identifier: { type: "m.id.user", user: username },
        password,
      }),
  }
}

export type Account = Awaited<ReturnType<typeof register>>

export interface Room {
  readonly id: string
  readonly members: ReadonlyArray<Account>
}

/** Rooms that anybody may join, each with members of its own. */
export const populate = async (base: string, rooms: number, members: number): Promise<ReadonlyArray<Room>> => {
  const made: Array<Room> = []
  for (let index = 0; index < rooms; index++) {
    const accounts: Array<Account> = []
    for (let member = 0; member < members; member++) accounts.push(await register(base))
    const id = await accounts[0]!.createRoom({ preset: "public_chat" })
    for (const account of accounts.slice(1)) await account.join(id)
    made.push({ id, members: accounts })
  }
  return made
}
