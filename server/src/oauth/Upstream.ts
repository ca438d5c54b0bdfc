/**
 * Signing in with another OpenID Connect provider: out to it, back with who somebody is there, and the account here that
 * belongs to them. An account is found by the provider's own identifier alone: names and addresses may change hands.
 */
import { randomBytes } from "node:crypto"
import { Context, Effect, Layer, Schema } from "effect"
import { PgClient } from "@effect/sql-pg"
import * as openid from "openid-client"
import type { UserId } from "@biz1/protocol/ids"
import { Appservices } from "../appservice/Appservices.ts"
import { mayTakeUser } from "../appservice/authority.ts"
import { Accounts } from "../auth/Accounts.ts"
import { ServerConfig } from "../config.ts"
import { ProfileStore } from "../store/ProfileStore.ts"
import { issuerOf } from "./metadata.ts"
import { OAuthRecords } from "./OAuthRecords.ts"

/** What clients call it; there is one. */
export const providerId = "oidc"
export const callbackPath = "/oauth2/upstream/callback"
const kind = "Upstream"
const patienceMs = 10 * 60_000

/** The other provider is not there, or does not say who somebody is. */
export class UpstreamFailed extends Schema.TaggedError<UpstreamFailed>()("UpstreamFailed", { error: Schema.String }) {}

export class Upstream extends Context.Service<
  Upstream,
  {
    /** Where to send the browser, and the state that it must come back with. */
    readonly begin: (next: string) => Effect.Effect<{ readonly url: string; readonly state: string }, UpstreamFailed>
    /** Who came back, and where they wanted to go. */
    readonly finish: (
      search: string,
      state: string,
    ) => Effect.Effect<{ readonly userId: UserId; readonly next: string }, UpstreamFailed>
  }
>()("@biz1/server/oauth/Upstream") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const config = yield* ServerConfig
      const records = yield* OAuthRecords
      const accounts = yield* Accounts
      const appservices = yield* Appservices
      const profiles = yield* ProfileStore
      const sql = yield* PgClient.PgClient
      const callback = new URL(callbackPath, issuerOf(config)).href

      const asked = <A>(run: () => Promise<A>) =>
        Effect.tryPromise(run).pipe(
          Effect.tapError(({ cause }) => Effect.logWarning("signing in elsewhere failed", cause)),
          Effect.mapError(
            () => new UpstreamFailed({ error: "The other provider did not say who you are. Try again." }),
          ),
        )

      /** The operator has named it, so that it may well be in their own network. */
      const discover = Effect.suspend(() => {
        const { sso } = config
        if (sso === undefined) return Effect.fail(new UpstreamFailed({ error: "There is no other provider here" }))
        const insecure = sso.issuer.startsWith("http:") ? [openid.allowInsecureRequests] : []
        return asked(() =>
          openid.discovery(new URL(sso.issuer), sso.clientId, sso.clientSecret, undefined, { execute: insecure }),
        )
      })
      const [discovered, forget] = yield* Effect.cachedInvalidateWithTTL(discover, "1 hour")
      const provider = Effect.tapError(discovered, () => forget)

      const begin = Effect.fnUntraced(function* (next: string) {
        const known = yield* provider
        const [state, nonce, verifier] = [openid.randomState(), openid.randomNonce(), openid.randomPKCECodeVerifier()]
        yield* records.put(kind, state, { content: { next, nonce, verifier }, lifetimeMs: patienceMs })
        const challenge = yield* Effect.promise(() => openid.calculatePKCECodeChallenge(verifier))
        const url = openid.buildAuthorizationUrl(known, {
          redirect_uri: callback,
          scope: "openid profile email",
          state,
          nonce,
          code_challenge: challenge,
          code_challenge_method: "S256",
        })
        return { url: url.href, state }
      })

      const finish = Effect.fnUntraced(function* (search: string, state: string) {
        const begun = yield* records.take(kind, state)
        if (begun === undefined) return yield* new UpstreamFailed({ error: "This sign-in took too long. Try again." })
        const { next, nonce, verifier } = begun.content
        const known = yield* provider
        const tokens = yield* asked(() =>
          openid.authorizationCodeGrant(known, new URL(`${callback}?${search}`), {
            expectedState: state,
            expectedNonce: String(nonce),
            pkceCodeVerifier: String(verifier),
            idTokenExpected: true,
          }),
        )
        const claims = tokens.claims()
        if (claims === undefined)
          return yield* new UpstreamFailed({ error: "The other provider did not say who you are" })
        return { userId: yield* accountOf(claims), next: String(next) }
      })

      const refuse = (error: string) => Effect.fail(new UpstreamFailed({ error }))

      const accountOf = Effect.fnUntraced(
        function* (claims: openid.IDToken) {
          const { iss: issuer, sub: subject } = claims
          // Of two that come at once for the same person, one waits for the other's account.
          yield* sql`SELECT pg_advisory_xact_lock(hashtextextended(${`${issuer} ${subject}`}, 0))`
          const [row] =
            yield* sql`SELECT a.user_id, u.deactivated, u.locked FROM upstream_accounts a JOIN users u USING (user_id)
            WHERE a.issuer = ${issuer} AND a.subject = ${subject}`
          if (row?.["deactivated"] === true) return yield* refuse("This account has been deactivated")
          if (row?.["locked"] === true) return yield* refuse("An administrator of this server has locked your account")
          if (row !== undefined) return row["user_id"] as UserId
          const userId = yield* createFor(claims)
          yield* sql`INSERT INTO upstream_accounts (issuer, subject, user_id) VALUES (${issuer}, ${subject}, ${userId})`
          return userId
        },
        sql.withTransaction,
        Effect.catchTag("SqlError", Effect.die),
      )

      const createFor = Effect.fnUntraced(function* (claims: openid.IDToken) {
        for (const localpart of localpartsFor(claims)) {
          const free = yield* accounts.available(localpart).pipe(
            Effect.tap((userId) => mayTakeUser(userId)),
            Effect.provideService(Appservices, appservices),
            Effect.option,
          )
          if (free._tag === "None") continue
          const made = yield* Effect.option(accounts.create(free.value, { password: undefined, guest: false }))
          if (made._tag === "None") continue
          const name = claims["name"]
          if (typeof name === "string" && name.length <= 256 && !name.includes("\0")) {
            yield* Effect.ignore(profiles.setField(free.value, "displayname", name))
          }
          return free.value
        }
        return yield* new UpstreamFailed({ error: "No user name could be found for you" })
      })

      return Upstream.of({ begin, finish })
    }),
  )
}

/** What somebody may be called here, in the order of how well it suits them. */
export const localpartsFor = (claims: Readonly<Record<string, unknown>>): ReadonlyArray<string> => {
  const { preferred_username: preferred, email, name } = claims
  const wanted = [preferred, typeof email === "string" ? email.split("@", 1)[0] : undefined, name]
    .filter((claim) => typeof claim === "string")
    .map((claim) =>
      claim
        .normalize("NFKD")
        .toLowerCase()
        .replaceAll(/[^a-z0-9._=\-/+]+/g, "-")
        .replaceAll(/^[-_]+|-+$/g, "")
        .slice(0, 64),
    )
    .find((localpart) => localpart !== "")
  const localpart = wanted ?? "user"
  const numbered = Array.from({ length: 9 }, (_, i) => `${localpart}-${i + 2}`)
  return [...(wanted === undefined ? [] : [localpart]), ...numbered, `${localpart}-${randomBytes(4).toString("hex")}`]
}
