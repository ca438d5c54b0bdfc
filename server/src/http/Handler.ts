/** A contract of `protocol` with the code that answers it. */
import type { IncomingMessage } from "node:http"
import type { Readable } from "node:stream"
import type { Effect } from "effect"
import type { Caller } from "../business/api/Caller.ts"
import type { Appservice } from "../appservice/Registration.ts"
import type { Access, Endpoint } from "@biz1/protocol/Endpoint"
import type { MatrixError } from "@biz1/protocol/errors"
import type { DeviceId, UserId } from "@biz1/protocol/ids"

/** What the administrators have left of the rights of an account. */
export type Standing = "good" | "suspended" | "locked"

/** Who calls: the owner of the access token. */
export interface Requester {
  readonly userId: UserId
  readonly deviceId: DeviceId
  /** SHA-256 of the access token, in hex: names this login without being able to use it. */
  readonly tokenHash: string
  readonly isAdmin: boolean
  readonly isGuest: boolean
  readonly standing: Standing
  /** The application service that acts as this user. */
  readonly appservice?: Appservice
}

export interface Call<Params, Query, Body, A extends Access> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly requester: A extends "user" ? Requester : A extends "business" ? undefined : Requester | undefined
  /** Who calls the business API. */
  readonly caller: A extends "business" ? Caller : undefined
  /** The caller's address. */
  readonly ip: string
  /** The request itself, where the handler reads the body. */
  readonly request: IncomingMessage
}

/** JSON that is text already, for answers assembled from stored events. */
export class RawJson {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** An answer that is not JSON. */
export class Content {
  readonly headers: Readonly<Record<string, string | number>>
  readonly body: Buffer | Readable
  readonly status: number
  constructor(headers: Readonly<Record<string, string | number>>, body: Buffer | Readable, status = 200) {
    this.headers = headers
    this.body = body
    this.status = status
  }
}

export interface Handler<R> {
  readonly endpoint: Endpoint<never, never, never, never>
  readonly run: (call: Call<never, never, never, Access>) => Effect.Effect<unknown, MatrixError, R>
  /** How a refusal is shown, where people look at it themselves; else it is JSON. */
  readonly refusal?: (error: MatrixError, request: IncomingMessage) => Content
}

/** The services that handlers need. */
export type ServicesOf<H> = H extends Handler<infer R> ? R : never

export const handler = <Params, Query, Body, Success, A extends Access, R>(
  endpoint: Endpoint<Params, Query, Body, Success, A>,
  run: (call: Call<Params, Query, Body, A>) => Effect.Effect<Success | RawJson | Content, MatrixError, R>,
): Handler<R> => ({ endpoint, run }) as unknown as Handler<R>
