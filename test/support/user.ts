/** A person with an account, for scenarios over HTTP: calls operations and looks at what comes back. */
import type { Server } from "./server.ts"

type Body = Readonly<Record<string, unknown>>

export interface Answer {
  readonly status: number
  readonly body: Body
}

type Method = "GET" | "PUT" | "POST" | "DELETE"

export const request = async (base: string, method: Method, path: string, body?: unknown, token?: string) => {
  const response = await fetch(base + path, {
    method,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Body }
}

let counter = 0

export interface User {
  readonly userId: string
  readonly token: string
  /** Calls an operation, whatever comes of it. The path begins after `/_matrix/client`. */
  readonly call: (method: Method, path: string, body?: unknown) => Promise<Answer>
  /** The same where success is due; what shape the answer has, the scenario says. */
  readonly ask: <A = Body>(method: Method, path: string, body?: unknown) => Promise<A>
  readonly createRoom: (options?: object) => Promise<string>
  readonly join: (roomId: string) => Promise<void>
  /** Sends an event and gives its id. */
  readonly send: (roomId: string, content: object, type?: string) => Promise<string>
  readonly say: (roomId: string, text: string) => Promise<string>
  readonly setState: (roomId: string, type: string, content: object, stateKey?: string) => Promise<string>
}

export const registerUser = async (server: Server, name: string): Promise<User> => {
  const username = `${name}${++counter}`
  const account = await request(server.base, "POST", "/_matrix/client/v3/register", {
    username,
    password: "correct horse battery staple",
    auth: { type: "m.login.dummy" },
  })
  return person(server.base, name, String(account.body["user_id"]), String(account.body["access_token"]))
}

/** The same person at another node of the same server. */
export const userOn = (server: Server, { userId, token }: User): User =>
  person(server.base, userId.slice(1, userId.indexOf(":")), userId, token)

const person = (base: string, name: string, userId: string, token: string): User => {
  const call = (method: Method, path: string, body?: unknown) =>
    request(base, method, `/_matrix/client${path}`, body, token)
  const ask = async <A = Body>(method: Method, path: string, body?: unknown) => {
    const answer = await call(method, path, body)
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body as A
  }
  const send = async (roomId: string, content: object, type = "m.room.message") => {
    const path = `/v3/rooms/${encodeURIComponent(roomId)}/send/${type}/${name}${++counter}`
    return String((await ask("PUT", path, content))["event_id"])
  }
  return {
    userId,
    token,
    call,
    ask,
    createRoom: async (options = {}) => String((await ask("POST", "/v3/createRoom", options))["room_id"]),
    join: async (roomId) => void (await ask("POST", `/v3/join/${encodeURIComponent(roomId)}`, {})),
    send,
    say: (roomId, text) => send(roomId, { msgtype: "m.text", body: text }),
    setState: async (roomId, type, content, stateKey = "") => {
      const path = `/v3/rooms/${encodeURIComponent(roomId)}/state/${type}/${encodeURIComponent(stateKey)}`
      return String((await ask("PUT", path, content))["event_id"])
    },
  }
}
