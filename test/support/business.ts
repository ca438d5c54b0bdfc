/** Another system, or somebody of the organisation, calling the business API over HTTP. */
import type { Server } from "./server.ts"
import type { User } from "./user.ts"

type Method = "GET" | "PUT" | "POST" | "PATCH" | "DELETE"

export interface BusinessAnswer<A = Readonly<Record<string, unknown>>> {
  readonly status: number
  readonly body: A
  readonly headers: Headers
}

export interface System {
  /** The path begins after `/_biz1/v1`. */
  readonly call: (
    method: Method,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<BusinessAnswer>
  /** The same where success is due. */
  readonly ask: <A = Readonly<Record<string, unknown>>>(method: Method, path: string, body?: unknown) => Promise<A>
}

export const systemWith = (server: Server, token: string | undefined): System => {
  const call = async (method: Method, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) => {
    const response = await fetch(`${server.base}/_biz1/v1${path}`, {
      method,
      headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    })
    return {
      status: response.status,
      body: (await response.json()) as Readonly<Record<string, unknown>>,
      headers: response.headers,
    }
  }
  return {
    call,
    ask: async <A>(method: Method, path: string, body?: unknown) => {
      const answer = await call(method, path, body)
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body as A
    },
  }
}

/** A system with a key of its own, made by somebody who may. */
export const systemOf = async (
  server: Server,
  owner: User,
  scopes: ReadonlyArray<string>,
  more: Readonly<Record<string, unknown>> = {},
) => {
  const key = { name: "CRM", scopes, ...more }
  const { id, secret } = await systemWith(server, owner.token).ask<{ id: string; secret: string }>("POST", "/keys", key)
  return { ...systemWith(server, secret), id, secret }
}

/** Looks until it is so: what the server does by itself takes a moment. */
export const until = async <A>(look: () => Promise<A>, holds: (found: A) => boolean): Promise<A> => {
  for (;;) {
    const found = await look()
    if (holds(found)) return found
  }
}

/** A record as a system sends it, for the first time where nothing else is said. */
export const recordBody = (title: string, more: Readonly<Record<string, unknown>> = {}) => ({
  title,
  status: "active",
  statusKind: "open",
  version: 1,
  occurredAt: "2026-11-01T10:00:00Z",
  ...more,
})
