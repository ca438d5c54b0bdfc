/** An application service over real HTTP: it registers with a file, and keeps every request that the server makes. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Server as HttpServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { json as readJson } from "node:stream/consumers"
import type { Server } from "./server.ts"
import { request } from "./user.ts"

type Body = Readonly<Record<string, unknown>>
type Method = "GET" | "PUT" | "POST" | "DELETE"

export interface Heard {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly authorization: string | undefined
  readonly body: Body
  /** What was answered. */
  readonly status: number
}

export interface Reply {
  readonly status: number
  readonly body: unknown
}

export interface AppserviceOptions {
  readonly id?: string
  readonly url?: string | null
  readonly registration?: Body
  readonly users?: string
  readonly aliases?: string
  readonly rooms?: string
  /** Others may make what matches. */
  readonly shared?: boolean
}

export interface Appservice {
  readonly id: string
  readonly asToken: string
  readonly hsToken: string
  readonly file: string
  readonly registration: Body
  /** All requests, in the order in which they were answered. */
  readonly heard: ReadonlyArray<Heard>
  /** What it answers from now on; by itself it accepts everything. */
  answer: (heard: Omit<Heard, "status">) => Reply | undefined | Promise<Reply | undefined>
  /** Waits until what was heard satisfies a condition, looking after each request. */
  readonly until: <A>(look: (heard: ReadonlyArray<Heard>) => A | undefined) => Promise<A>
  /** Calls the server with its own token. */
  readonly call: (server: Server, method: Method, path: string, body?: unknown) => ReturnType<typeof request>
  readonly ask: <A = Body>(server: Server, method: Method, path: string, body?: unknown) => Promise<A>
  /** Stops listening; `start` listens again on the same port. */
  readonly stop: () => Promise<void>
  readonly start: () => Promise<void>
  readonly close: () => Promise<void>
}

let counter = 0

export const startAppservice = async (options: AppserviceOptions = {}): Promise<Appservice> => {
  const id = options.id ?? `bridge${++counter}`
  const [asToken, hsToken] = [`as-token-of-${id}`, `hs-token-of-${id}`]
  const heard: Array<Heard> = []
  const looking = new Set<() => void>()
  let http: HttpServer | undefined
  let port = 0

  const start = async () => {
    http = createServer((incoming, outgoing) => {
      void (async () => {
        const url = new URL(incoming.url ?? "/", "http://service")
        const one = {
          method: incoming.method ?? "",
          path: decodeURIComponent(url.pathname),
          query: url.searchParams,
          authorization: incoming.headers.authorization,
          body: incoming.method === "GET" ? {} : ((await readJson(incoming)) as Body),
        }
        const reply = (await service.answer(one)) ?? { status: 200, body: {} }
        heard.push({ ...one, status: reply.status })
        outgoing.writeHead(reply.status, { "content-type": "application/json" }).end(JSON.stringify(reply.body))
        for (const look of looking) look()
      })()
    })
    await new Promise<void>((resolve) => http!.listen(port, "127.0.0.1", resolve))
    port = (http.address() as AddressInfo).port
  }
  const stop = async () => {
    const closed = new Promise((resolve) => http?.close(resolve))
    http?.closeAllConnections()
    await closed
  }
  await start()

  const area = (regex: string | undefined) =>
    regex === undefined ? [] : [{ regex, exclusive: options.shared !== true }]
  const registration: Body = {
    id,
    url: options.url === undefined ? `http://127.0.0.1:${port}` : options.url,
    as_token: asToken,
    hs_token: hsToken,
    sender_localpart: `${id}bot`,
    namespaces: { users: area(options.users), aliases: area(options.aliases), rooms: area(options.rooms) },
    ...options.registration,
  }
  const folder = mkdtempSync(join(tmpdir(), "biz1-appservice-"))
  const file = join(folder, "registration.yaml")
  // All JSON is YAML.
  writeFileSync(file, `# A registration\n${JSON.stringify(registration, null, 2)}\n`)

  const call = (server: Server, method: Method, path: string, body?: unknown) =>
    request(server.base, method, `/_matrix/client${path}`, body, asToken)
  const service: Appservice = {
    id,
    asToken,
    hsToken,
    file,
    registration,
    heard,
    answer: () => undefined,
    until: (look) =>
      new Promise((resolve) => {
        const tryAgain = () => {
          const found = look(heard)
          if (found === undefined) return
          looking.delete(tryAgain)
          resolve(found)
        }
        looking.add(tryAgain)
        tryAgain()
      }),
    call,
    ask: async <A>(server: Server, method: Method, path: string, body?: unknown) => {
      const answer = await call(server, method, path, body)
      if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body as A
    },
    stop,
    start,
    close: async () => {
      await stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return service
}
