/**
 * The OAuth 2.0 provider: authorisation codes with PKCE, refresh tokens, and codes for devices without a browser.
 * What a client may be allowed is Matrix's own; who somebody is, the pages find out.
 * Spec: client-server API, "OAuth 2.0 API".
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import { Clock, Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { interactionPolicy as InteractionPolicy, KoaContextWithOIDC, Provider } from "oidc-provider"
import { ServerConfig } from "../config.ts"
import type { Fallback } from "../http/HttpServer.ts"
import { RateLimits } from "../http/RateLimits.ts"
import { makeAdapter } from "./adapter.ts"
import { loadKeys } from "./keys.ts"
import { codeConfirmPage, codeEntryPage, codeDonePage } from "./pages/deviceCode.ts"
import { problemPage, tooOftenPage } from "./pages/problem.ts"
import { matrixScopes, problemOf } from "./scope.ts"
import { issuerOf, paths } from "./metadata.ts"

const minute = 60
const hour = 60 * minute
const day = 24 * hour

/** Every token is for this server's whole API; the name is never seen by clients. */
const resource = "urn:matrix:client"

export class OAuth extends Context.Service<
  OAuth,
  {
    /** Made when it is first asked for: a server whose people sign in otherwise does without its memory. */
    readonly provider: Effect.Effect<Provider>
    /** Answers the provider's own paths. */
    readonly answer: Fallback
  }
>()("@biz1/server/oauth/OAuth") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const config = yield* ServerConfig
      const sql = yield* PgClient.PgClient
      const adapter = yield* makeAdapter
      const issuer = issuerOf(config)
      const run = Effect.runPromiseWith(yield* Effect.context())
      const secure = issuer.startsWith("https:")

      const findAccount = (_: unknown, userId: string) =>
        run(
          sql`SELECT 1 FROM users WHERE user_id = ${userId} AND NOT deactivated`.pipe(
            Effect.orDie,
            Effect.map((rows) =>
              rows.length === 0 ? undefined : { accountId: userId, claims: () => ({ sub: userId }) },
            ),
          ),
        )

      const log = Effect.runForkWith(yield* Effect.context())
      const makeProvider = Effect.gen(function* () {
        const { errors, interactionPolicy, Provider } = yield* library
        const keys = yield* loadKeys
        const provider = new Provider(issuer, {
          adapter,
          findAccount,
          jwks: { keys: keys.jwks.keys.map((key) => ({ ...key })) },
          cookies: {
            keys: [...keys.cookies],
            names: { session: "oauth_session", interaction: "oauth_interaction", resume: "oauth_resume" },
            long: { signed: true, httpOnly: true, sameSite: "lax", secure, path: "/oauth2" },
            short: { signed: true, httpOnly: true, sameSite: "lax", secure },
          },
          routes: {
            authorization: paths.authorization,
            token: paths.token,
            jwks: paths.jwks,
            device_authorization: paths.deviceAuthorization,
            code_verification: paths.device,
          },
          clientAuthMethods: ["none"],
          clientBasedCORS: () => true,
          responseTypes: ["code"],
          scopes: ["openid"],
          claims: { openid: ["sub"] },
          pkce: { required: () => true },
          rotateRefreshToken: true,
          issueRefreshToken: (_, client) => client.grantTypeAllowed("refresh_token"),
          expiresWithSession: () => false,
          interactions: { policy: prompts(interactionPolicy), url: (_, { uid }) => `/oauth2/interaction/${uid}` },
          renderError: (ctx, { error_description: description }) => {
            problemPage(description ?? "This sign-in cannot go on.").writeTo(ctx)
          },
          // Who is signed in is known to the pages: what the provider remembers is good for one authorisation.
          ttl: {
            AccessToken: hour,
            AuthorizationCode: minute,
            DeviceCode: 20 * minute,
            Grant: 100 * 365 * day,
            IdToken: hour,
            Interaction: hour,
            RefreshToken: 400 * day,
            Session: hour,
          },
          features: {
            devInteractions: { enabled: false },
            rpInitiatedLogout: { enabled: false },
            userinfo: { enabled: false },
            deviceFlow: {
              enabled: true,
              charset: "base-20",
              mask: "****-****",
              userCodeInputSource: (ctx, _, out, error) => {
                const refusal =
                  error === undefined && out === undefined
                    ? undefined
                    : "There is no such code, or it is used or too old."
                codeEntryPage(xsrfOf(ctx), refusal).writeTo(ctx)
              },
              userCodeConfirmSource: (ctx, _, client, __, userCode) => {
                codeConfirmPage(xsrfOf(ctx), userCode, client.clientName ?? client.clientId).writeTo(ctx)
              },
              successSource: (ctx) => codeDonePage().writeTo(ctx),
            },
            resourceIndicators: {
              enabled: true,
              defaultResource: () => resource,
              useGrantedResource: () => true,
              getResourceServerInfo: (ctx, asked) => {
                if (asked !== resource) throw new errors.InvalidTarget()
                const scope = scopeOf(ctx)
                const problem = problemOf(scope)
                if (problem !== undefined) throw new errors.InvalidScope(problem, scope ?? "")
                return { scope: matrixScopes(scope).join(" "), accessTokenFormat: "opaque", accessTokenTTL: hour }
              },
            },
          },
        })
        provider.proxy = true
        provider.on("server_error", (_, error) => log(Effect.logError("the OAuth provider fell over", error)))
        return provider
      })
      const provider = yield* Effect.cached(Effect.provideService(makeProvider, PgClient.PgClient, sql))

      const limits = config.rateLimits ? new RateLimits(config.limits) : undefined
      const clock = yield* Clock.Clock
      const { host, protocol } = new URL(issuer)
      const answer = (request: IncomingMessage, response: ServerResponse) => {
        const path = (request.url ?? "").split("?", 1)[0]!
        if (!owned.test(path)) return false
        const caller = request.socket.remoteAddress ?? ""
        const waitMs = limits?.take(limitOf(request.method, path), caller, clock.currentTimeMillisUnsafe()) ?? 0
        if (waitMs > 0) return refuseForNow(request, response, waitMs, isForPeople(path))
        // Every address that it writes is the public one, whatever way the request came.
        request.headers.host = host
        request.headers["x-forwarded-proto"] = protocol.slice(0, -1)
        delete request.headers["x-forwarded-host"]
        if (startsAnew(request.method, path)) request.headers.cookie = withoutSession(request.headers.cookie)
        if (crossOrigin.has(path)) response.setHeader("access-control-allow-origin", "*")
        log(Effect.flatMap(provider, (made) => Effect.promise(() => made.callback()(request, response))))
        return true
      }
      return OAuth.of({ provider, answer })
    }),
  )
}

/* oxlint-disable no-console -- The library speaks while it is loaded, before it can be told to be quiet. */
/** It tells the console of a Node that carries no LTS label that it is not one; the log is for the server's own words. */
const library = Effect.promise(async () => {
  const { warn } = console
  console.warn = () => {}
  try {
    return await import("oidc-provider")
  } finally {
    console.warn = warn
  }
})
/* oxlint-enable no-console */

const prompts = (interactionPolicy: typeof InteractionPolicy) => {
  const policy = interactionPolicy.base()
  policy.add(new interactionPolicy.Prompt({ name: "create", requestable: true }), 0)
  return policy
}

/** The scope of the request, or of what it redeems. */
const scopeOf = ({ oidc }: KoaContextWithOIDC) =>
  (oidc.params?.["scope"] as string | undefined) ??
  oidc.entities.AuthorizationCode?.scope ??
  oidc.entities.RefreshToken?.scope ??
  oidc.entities.DeviceCode?.scope

const xsrfOf = ({ oidc }: KoaContextWithOIDC) => String(oidc.session?.state?.["secret"] ?? "")

const owned = new RegExp(
  `^(?:${[paths.authorization, paths.token, paths.jwks, paths.deviceAuthorization, paths.device].join("|")})(?:/|$)`,
)
const crossOrigin: ReadonlySet<string> = new Set([paths.token, paths.jwks, paths.deviceAuthorization])

/** Each authorisation that is begun is written down, and a device's code is short enough to be guessed at. */
const limitOf = (method: string | undefined, path: string) => {
  if (path === paths.jwks) return "read"
  return path === paths.device && method === "POST" ? "login" : "message"
}

/** Where browsers go; what only apps call is answered in JSON. */
const isForPeople = (path: string) =>
  path.startsWith(paths.authorization) || new RegExp(`^${paths.device}(?:/|$)`).test(path)

const refuseForNow = (request: IncomingMessage, response: ServerResponse, waitMs: number, forPeople: boolean) => {
  if (forPeople) {
    const { status, headers, body } = tooOftenPage(waitMs).content(request)
    response.writeHead(status, headers).end(body)
    return true
  }
  response.writeHead(429, { "content-type": "application/json", "retry-after": String(Math.ceil(waitMs / 1000)) })
  response.end('{"error":"temporarily_unavailable","error_description":"You are doing this too often"}')
  return true
}

const startsAnew = (method: string | undefined, path: string) =>
  path.startsWith(paths.authorization) || (path.startsWith(paths.device) && method === "GET")

const withoutSession = (cookie: string | undefined) =>
  cookie
    ?.split(/; */)
    .filter((pair) => !pair.startsWith("oauth_session"))
    .join("; ")
