/**
 * Previews of pages that messages link to. A page is fetched through the guard for outgoing requests, bounded in time
 * and size, and what it says is kept for an hour; its image becomes a file of ours, so that no reader's client speaks to
 * the page's server. Spec: "Content repository", `GET /media/preview_url`.
 */
import { Clock, Context, Effect, Layer, Semaphore } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { ServerName, UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { mxcUri } from "@biz1/protocol/mxc"
import { ServerConfig } from "../config.ts"
import { Outgoing, type OutgoingResponse } from "../http/outgoing.ts"
import { Media } from "./Media.ts"

const maxPageBytes = 1024 * 1024
const maxImageBytes = 8 * 1024 * 1024
const timeout = "10 seconds"
const keepMs = 60 * 60_000
/** A page that gave nothing may be there soon. */
const keepFailedMs = 5 * 60_000
const maxAtOnce = 8
const agent = "Biz1 Messenger (link preview)"

export class Previews extends Context.Service<
  Previews,
  {
    /** Undefined where nothing could be learnt. */
    readonly of: (url: string, userId: UserId) => Effect.Effect<JsonObject | undefined>
  }
>()("@biz1/server/media/Previews") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const outgoing = yield* Outgoing
      const media = yield* Media
      const { serverName } = yield* ServerConfig
      const places = yield* Semaphore.make(maxAtOnce)

      const fetch = (url: string, accept: string, maxBytes: number) =>
        outgoing.request({
          url,
          headers: { accept, "user-agent": agent, "accept-language": "en;q=0.8, *;q=0.5" },
          timeout,
          maxBytes,
          whenLonger: "cut",
          maxRedirects: 5,
        })

      const keepImage = (response: OutgoingResponse, userId: UserId) =>
        media.upload(userId, {
          bytes: once(response.body),
          sizeBytes: response.body.byteLength,
          contentType: typeOf(response),
          name: undefined,
        })

      /** An image that cannot be had is left out. */
      const image = (url: string, userId: UserId) =>
        fetch(url, "image/*", maxImageBytes + 1).pipe(
          Effect.flatMap((response) => imageFields(response, userId)),
          Effect.orElseSucceed(() => ({})),
        )

      const imageFields = Effect.fnUntraced(function* (response: OutgoingResponse, userId: UserId) {
        const { status, body } = response
        if (status !== 200 || !shownImages.has(typeOf(response)) || body.byteLength > maxImageBytes) return {}
        const mediaId = yield* keepImage(response, userId)
        return {
          "og:image": mxcUri(serverName as ServerName, mediaId),
          "og:image:type": typeOf(response),
          "matrix:image:size": body.byteLength,
        }
      })

      const describe = Effect.fnUntraced(function* (url: string, userId: UserId) {
        const response = yield* fetch(url, "text/html, application/xhtml+xml, image/*;q=0.8", maxPageBytes)
        if (response.status !== 200) return undefined
        const type = typeOf(response)
        if (shownImages.has(type)) return yield* image(response.url, userId)
        if (type !== "text/html" && type !== "application/xhtml+xml") return undefined
        const { decodePage, describePage } = yield* Effect.promise(() => import("./describePage.ts"))
        const html = decodePage(response.body, response.headers.get("content-type") ?? "")
        const page = describePage(html, response.url)
        const texts = {
          "og:title": page.title,
          "og:description": page.description,
          "og:site_name": page.siteName,
          "og:url": response.url,
        }
        return {
          ...Object.fromEntries(
            Object.entries(texts).filter((entry): entry is [string, string] => entry[1] !== undefined),
          ),
          ...(page.imageUrl === undefined ? {} : yield* image(page.imageUrl, userId)),
        }
      })

      const kept = (url: string, now: number) =>
        sql`SELECT json FROM url_previews WHERE url = ${url} AND expires_ts > ${BigInt(now)}`.pipe(
          Effect.map((rows) => rows[0]),
          Effect.orDie,
        )
      const keep = (url: string, preview: JsonObject | undefined, now: number) => {
        const json = preview === undefined ? null : JSON.stringify(preview)
        const expires = BigInt(now + (preview === undefined ? keepFailedMs : keepMs))
        return sql`WITH old AS (DELETE FROM url_previews WHERE expires_ts <= ${BigInt(now)} AND url <> ${url})
          INSERT INTO url_previews (url, json, expires_ts) VALUES (${url}, ${json}, ${expires})
          ON CONFLICT (url) DO UPDATE SET json = excluded.json, expires_ts = excluded.expires_ts`.pipe(Effect.orDie)
      }

      const of = Effect.fnUntraced(function* (given: string, userId: UserId) {
        if (!URL.canParse(given)) return undefined
        const target = new URL(given)
        target.hash = ""
        const url = target.href
        const now = yield* Clock.currentTimeMillis
        const known = yield* kept(url, now)
        if (known !== undefined) {
          return known["json"] === null ? undefined : (JSON.parse(String(known["json"])) as JsonObject)
        }
        const preview: JsonObject | undefined = yield* describe(url, userId).pipe(
          Effect.orElseSucceed((): JsonObject | undefined => undefined),
          places.withPermits(1),
        )
        yield* keep(url, preview, now)
        return preview
      })
      return Previews.of({ of })
    }),
  )
}

/** Types that every client shows and that run nothing. */
const shownImages: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"])

const typeOf = ({ headers }: OutgoingResponse) =>
  (headers.get("content-type") ?? "").split(";", 1)[0]!.trim().toLowerCase()

async function* once(bytes: Uint8Array) {
  yield bytes
}
