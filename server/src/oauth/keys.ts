/** The keys of the OAuth 2.0 provider, made by the first node that starts: it signs ID tokens and cookies with them. */
import { generateKeyPairSync, randomBytes } from "node:crypto"
import { Effect, Schema } from "effect"
import { PgClient } from "@effect/sql-pg"

const Keys = Schema.fromJsonString(
  Schema.Struct({
    jwks: Schema.Struct({
      keys: Schema.Array(
        Schema.StructWithRest(Schema.Struct({ kty: Schema.String }), [Schema.Record(Schema.String, Schema.String)]),
      ),
    }),
    cookies: Schema.Array(Schema.String),
  }),
)

const generate = (): typeof Keys.Type => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
  const jwk = privateKey.export({ format: "jwk" }) as { readonly kty: string; readonly [member: string]: string }
  const kid = randomBytes(9).toString("base64url")
  return {
    jwks: { keys: [{ ...jwk, kid, use: "sig", alg: "RS256" }] },
    cookies: [randomBytes(32).toString("base64url")],
  }
}

export const loadKeys = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const stored = sql`SELECT json FROM oauth_keys`
  if ((yield* stored).length === 0) {
    const json = yield* Schema.encodeEffect(Keys)(generate())
    yield* sql`INSERT INTO oauth_keys (id, json) VALUES (1, ${json}) ON CONFLICT DO NOTHING`
  }
  const [row] = yield* stored
  return yield* Schema.decodeUnknownEffect(Keys)(row?.["json"])
}).pipe(Effect.orDie)
