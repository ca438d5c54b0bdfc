/**
 * What people must agree to before they have an account: policies with their versions, each in one or more languages.
 * Spec: client-server API, "Terms of service at registration".
 */
import { Clock, Effect, Option, Schema } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { UserId } from "@biz1/protocol/ids"

const WebAddress = Schema.String.check(
  Schema.isMaxLength(2048),
  Schema.makeFilter((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? "")),
)
const Wording = Schema.Struct({ name: Schema.NonEmptyString.check(Schema.isMaxLength(200)), url: WebAddress })
const Policy = Schema.StructWithRest(Schema.Struct({ version: Schema.NonEmptyString }), [
  Schema.Record(Schema.String.check(Schema.isPattern(/^(?:version|[a-z]{2,3}(?:-[A-Za-z0-9]+)*)$/)), Schema.Json),
])
const Terms = Schema.Record(Schema.String.check(Schema.isPattern(/^[a-z0-9_.-]{1,64}$/)), Policy)

export interface Policy {
  readonly version: string
  readonly wordings: Readonly<Record<string, typeof Wording.Type>>
}
/** By the names of the policies. */
export type Terms = Readonly<Record<string, Policy>>

const decodeTerms = Schema.decodeUnknownOption(Schema.fromJsonString(Terms))
const decodeWording = Schema.decodeUnknownOption(Wording)

/** From the form in which clients get them; undefined where the text is not that. */
export const parseTerms = (text: string): Terms | undefined => {
  const decoded = Option.getOrUndefined(decodeTerms(text))
  if (decoded === undefined || Object.keys(decoded).length === 0) return undefined
  const terms: Record<string, Policy> = {}
  for (const [name, { version, ...languages }] of Object.entries(decoded)) {
    const wordings: Record<string, typeof Wording.Type> = {}
    for (const [language, given] of Object.entries(languages)) {
      const wording = Option.getOrUndefined(decodeWording(given))
      if (wording === undefined) return undefined
      wordings[language] = wording
    }
    if (Object.keys(wordings).length === 0) return undefined
    terms[name] = { version, wordings }
  }
  return terms
}

/** The parameters of the stage. */
export const policiesOf = (terms: Terms) =>
  Object.fromEntries(Object.entries(terms).map(([name, { version, wordings }]) => [name, { version, ...wordings }]))

/** In the reader's language, in English, or else in the first that there is. */
export const wordingFor = ({ wordings }: Policy, language: string) =>
  wordings[language] ?? wordings["en"] ?? Object.values(wordings)[0]!

export const rememberAccepted = Effect.fnUntraced(function* (userId: UserId, terms: Terms) {
  const sql = yield* PgClient.PgClient
  const now = BigInt(yield* Clock.currentTimeMillis)
  for (const [policy, { version }] of Object.entries(terms)) {
    yield* sql`INSERT INTO accepted_terms (user_id, policy, version, accepted_ts)
      VALUES (${userId}, ${policy}, ${version}, ${now}) ON CONFLICT DO NOTHING`
  }
}, Effect.orDie)
