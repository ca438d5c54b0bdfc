/** Who is signed in in which browser, for the pages: a cookie that scripts and other sites cannot send. */
import { randomBytes } from "node:crypto"
import type { IncomingMessage } from "node:http"
import { Clock, Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { UserId } from "@biz1/protocol/ids"
import { ServerConfig } from "../config.ts"
import { issuerOf } from "./metadata.ts"
import { OAuthRecords } from "./OAuthRecords.ts"

const lifetimeMs = 14 * 24 * 60 * 60_000

export interface SignedIn {
  readonly userId: UserId
  /** Milliseconds since 1970. */
  readonly sinceMs: number
  /** The page that they signed in for. */
  readonly cause: string
}

export class Browsers extends Context.Service<
  Browsers,
  {
    /** The value of a `Set-Cookie` header. */
    readonly signIn: (userId: UserId, cause: string) => Effect.Effect<string>
    readonly signedIn: (request: IncomingMessage) => Effect.Effect<SignedIn | undefined>
    readonly signOut: (request: IncomingMessage) => Effect.Effect<string>
    /** A form was sent from one of our own pages, and not from elsewhere. */
    readonly sentFromHere: (request: IncomingMessage) => boolean
  }
>()("@biz1/server/oauth/Browsers") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const records = yield* OAuthRecords
      const sql = yield* PgClient.PgClient
      const issuer = issuerOf(yield* ServerConfig)
      const secure = issuer.startsWith("https:")
      const name = secure ? "__Host-biz1_browser" : "biz1_browser"
      const cookie = (value: string, maxAgeMs: number) =>
        `${name}=${value}; Path=/; Max-Age=${maxAgeMs / 1000}; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`
      const idIn = (request: IncomingMessage) =>
        request.headers.cookie
          ?.split(/; */)
          .find((pair) => pair.startsWith(`${name}=`))
          ?.slice(name.length + 1)

      const signedIn = Effect.fnUntraced(function* (request: IncomingMessage) {
        const id = idIn(request)
        const found = id === undefined ? undefined : yield* records.get("Browser", id)
        if (found?.userId === undefined) return undefined
        const alive = yield* sql`SELECT 1 FROM users WHERE user_id = ${found.userId} AND NOT deactivated AND NOT locked`
        if (alive.length === 0) return undefined
        const { since, cause } = found.content
        return { userId: found.userId, sinceMs: Number(since), cause: String(cause) }
      }, Effect.orDie)

      return Browsers.of({
        signedIn,
        signIn: Effect.fnUntraced(function* (userId, cause) {
          const id = randomBytes(32).toString("base64url")
          const since = yield* Clock.currentTimeMillis
          yield* records.put("Browser", id, { content: { since, cause }, lifetimeMs, userId })
          return cookie(id, lifetimeMs)
        }),
        signOut: Effect.fnUntraced(function* (request) {
          yield* records.remove("Browser", idIn(request) ?? "")
          return cookie("", 0)
        }),
        sentFromHere: (request) => {
          const site = request.headers["sec-fetch-site"]
          return site === undefined ? request.headers.origin === new URL(issuer).origin : site === "same-origin"
        },
      })
    }),
  )
}
