/**
 * Shows that an address is its user's: a mail brings a token there, and who has the token confirms. The app that asked
 * then refers to it by session and secret. Kept for an hour, at any node.
 * Spec: client-server API, "Account management", the operations that request tokens.
 */
import { hash, randomBytes } from "node:crypto"
import { Clock, Context, Effect, Layer, Option } from "effect"
import { PgClient } from "@effect/sql-pg"
import { LimitExceeded, ThirdPartyIdDenied, Unavailable } from "@biz1/protocol/errors"
import { ServerConfig } from "../config.ts"
import { issuerOf } from "../oauth/metadata.ts"
import { Mail, type Letter } from "./Mail.ts"

/** An address that was confirmed for one purpose is not good for another. */
export type Purpose = "contact" | "password" | "register"

export interface Asked {
  readonly purpose: Purpose
  readonly clientSecret: string
  /** Folded. */
  readonly address: string
  /** A number that was there before sends no second mail. */
  readonly attempt: number
  readonly nextLink: string | undefined
  readonly letter: (place: { readonly serverName: string; readonly url: string }) => Letter
}

export interface Credentials {
  readonly sid: string
  readonly clientSecret: string
}

const lifetimeMs = 60 * 60_000
/** Mails to one address within the lifetime. */
const maxMails = 5
export const confirmPath = "/email/confirm"

export class EmailValidations extends Context.Service<
  EmailValidations,
  {
    /** Sends the mail and gives the session's id. */
    readonly begin: (asked: Asked) => Effect.Effect<string, LimitExceeded | ThirdPartyIdDenied | Unavailable>
    /** Which address a mail's token is for, while it can be confirmed. */
    readonly awaiting: (token: string) => Effect.Effect<Option.Option<string>>
    /** Confirms the address, and gives where its user wants to go on. */
    readonly confirm: (token: string) => Effect.Effect<Option.Option<{ readonly nextLink: string | undefined }>>
    readonly isConfirmed: (purpose: Purpose, credentials: Credentials) => Effect.Effect<boolean>
    /** The address that was confirmed in a session; it is good once. */
    readonly take: (purpose: Purpose, credentials: Credentials) => Effect.Effect<Option.Option<string>>
  }
>()("@biz1/server/mail/EmailValidations") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const mail = yield* Mail
      const config = yield* ServerConfig
      const base = issuerOf(config)

      const begin = Effect.fnUntraced(function* (asked: Asked) {
        if (mail.send === undefined) {
          return yield* new ThirdPartyIdDenied({ error: "This server does not send mail" })
        }
        const { purpose, clientSecret, address, attempt, letter } = asked
        const now = yield* Clock.currentTimeMillis
        yield* sql`DELETE FROM email_validations WHERE expires_ts <= ${BigInt(now)}`.pipe(Effect.orDie)
        const rows = yield* sql`SELECT sid, sends, expires_ts::float8 AS expires_ts,
            purpose = ${purpose} AND client_secret = ${clientSecret} AND send_attempt >= ${BigInt(attempt)} AS sent
          FROM email_validations WHERE address = ${address} ORDER BY expires_ts`.pipe(Effect.orDie)
        const before = rows.find((row) => row["sent"] === true)
        if (before !== undefined) return String(before["sid"])
        if (rows.reduce((sum, row) => sum + Number(row["sends"]), 0) >= maxMails) {
          return yield* new LimitExceeded({
            error: "This address has had enough mail for now",
            retry_after_ms: Math.ceil(Number(rows[0]!["expires_ts"]) - now),
          })
        }

        const token = randomBytes(32).toString("base64url")
        const nextLink = safeLink(asked.nextLink, base) ?? null
        const [row] = yield* sql`INSERT INTO email_validations
            (sid, purpose, client_secret, address, token_hash, next_link, send_attempt, expires_ts)
          VALUES (${randomBytes(18).toString("base64url")}, ${purpose}, ${clientSecret}, ${address}, ${hashed(token)},
            ${nextLink}, ${BigInt(attempt)}, ${BigInt(now + lifetimeMs)})
          ON CONFLICT ON CONSTRAINT email_validations_attempt DO UPDATE SET token_hash = excluded.token_hash,
            next_link = excluded.next_link, send_attempt = excluded.send_attempt, sends = email_validations.sends + 1,
            expires_ts = excluded.expires_ts
          RETURNING sid`.pipe(Effect.orDie)
        const sid = String(row!["sid"])
        const url = new URL(`${confirmPath}?token=${token}`, base).href
        yield* mail.send(address, letter({ serverName: config.serverName, url })).pipe(
          Effect.tapError((error) => Effect.logError("mail was not sent", error)),
          // The same attempt may then be made again.
          Effect.tapError(() => sql`UPDATE email_validations SET send_attempt = -1 WHERE sid = ${sid}`),
          Effect.catchTag("SqlError", Effect.die),
          Effect.mapError(() => new Unavailable({ error: "The mail could not be sent: try again later" })),
        )
        return sid
      })

      const open = (token: string, now: number) => sql`token_hash = ${hashed(token)} AND expires_ts > ${BigInt(now)}`

      const confirmed = (purpose: Purpose, { sid, clientSecret }: Credentials, now: number) =>
        sql`sid = ${sid} AND client_secret = ${clientSecret} AND purpose = ${purpose} AND validated_ts IS NOT NULL
          AND expires_ts > ${BigInt(now)}`

      return EmailValidations.of({
        begin,
        awaiting: Effect.fnUntraced(function* (token: string) {
          const now = yield* Clock.currentTimeMillis
          const [row] = yield* sql`SELECT address FROM email_validations WHERE ${open(token, now)}`
          return row === undefined ? Option.none() : Option.some(String(row["address"]))
        }, Effect.orDie),
        confirm: Effect.fnUntraced(function* (token: string) {
          const now = yield* Clock.currentTimeMillis
          const [row] = yield* sql`UPDATE email_validations SET validated_ts = ${BigInt(now)}
            WHERE ${open(token, now)} RETURNING next_link`
          return row === undefined
            ? Option.none()
            : Option.some({ nextLink: (row["next_link"] ?? undefined) as string | undefined })
        }, Effect.orDie),
        isConfirmed: Effect.fnUntraced(function* (purpose: Purpose, credentials: Credentials) {
          const now = yield* Clock.currentTimeMillis
          return (yield* sql`SELECT 1 FROM email_validations WHERE ${confirmed(purpose, credentials, now)}`).length > 0
        }, Effect.orDie),
        take: Effect.fnUntraced(function* (purpose: Purpose, credentials: Credentials) {
          const now = yield* Clock.currentTimeMillis
          // What was not confirmed stays: the app asks again and again until it is.
          const [row] = yield* sql`DELETE FROM email_validations WHERE ${confirmed(purpose, credentials, now)}
            RETURNING address`
          return row === undefined ? Option.none() : Option.some(String(row["address"]))
        }, Effect.orDie),
      })
    }),
  )
}

const hashed = (token: string) => Buffer.from(hash("sha256", token, "hex"), "hex")

/** Only to this server itself: a mail of ours must not lead where somebody else wants. */
const safeLink = (link: string | undefined, base: string) =>
  link !== undefined && URL.canParse(link) && new URL(link).origin === new URL(base).origin ? link : undefined
