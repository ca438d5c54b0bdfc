/**
 * node:http under Effect handlers. For every operation alike: route, CORS, token, rate limit, body, decoding, the
 * handler, and an answer that is always a proper Matrix one.
 */
import { randomBytes } from "node:crypto"
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import { createServer as createSecureServer } from "node:https"
import { pipeline, Readable } from "node:stream"
import { Cause, Clock, Effect, Exit, Result, Schema } from "effect"
import { FindMyWay } from "effect/http"
import {
  BadJson,
  InvalidParam,
  isMatrixError,
  LimitExceeded,
  MissingToken,
  statusOf,
  Unavailable,
  Unrecognized,
  UnrecognizedMethod,
  wireBody,
  type MatrixError,
} from "@biz1/protocol/errors"
import type { Access } from "@biz1/protocol/Endpoint"
import { Appservices } from "../appservice/Appservices.ts"
import { Masquerade } from "../appservice/Masquerade.ts"
import { mayCallAsGuest } from "../auth/guests.ts"
import { Sessions } from "../auth/Sessions.ts"
import { mayCall } from "../auth/standing.ts"
import type { ApiKeys } from "../business/api/ApiKeys.ts"
import { callerId } from "../business/api/Caller.ts"
import { identify } from "../business/api/identify.ts"
import type { Roles } from "../business/roles/Roles.ts"
import { ServerConfig } from "../config.ts"
import { Metrics } from "../operations/Metrics.ts"
import { accessTokenOf } from "./accessToken.ts"
import { parseBody, readBytes } from "./body.ts"
import { Content, RawJson, type Call, type Handler, type Requester, type ServicesOf } from "./Handler.ts"
import { createServer } from "./nodeHttp.ts"
import { RateLimits } from "./RateLimits.ts"
import { refusalOf } from "./refusal.ts"
import { answerUnreadable } from "./unreadable.ts"
import { databaseAway, isDatabaseAway } from "../operations/outages.ts"

/** The address or port cannot be had; says what to do. */
export class CannotListen extends Schema.TaggedError<CannotListen>()("CannotListen", { message: Schema.String }) {}

/** Names and values in turn, as node writes them fastest. */
type Head = ReadonlyArray<string | number>

const cors: Head = Object.entries({
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
  "access-control-allow-headers": "X-Requested-With, Content-Type, Authorization, Date, Range, If-Match, If-None-Match",
  "access-control-expose-headers": "Content-Range, Content-Disposition, ETag, Expires, Retry-After, X-Request-Id",
}).flat()

export interface Listen {
  readonly host: string
  readonly port: number
  /** The setting that says the port. */
  readonly setting: string
  /** As PEM; without it plain HTTP is spoken. */
  readonly certificate?: { readonly cert: string; readonly key: string } | undefined
}

/** What answers a path that no operation has: the web client, or nothing. */
export type Fallback = (request: IncomingMessage, response: ServerResponse) => boolean

interface Route<R> {
  readonly operationId: string
  readonly run: (
    request: IncomingMessage,
    params: Readonly<Record<string, string | undefined>>,
    search: string,
  ) => Effect.Effect<unknown, MatrixError, R>
}

/** Where people look at the answers themselves, a refusal is a page. */
const shownBy = <R>(refusal: Handler<R>["refusal"], route: Route<R>): Route<R> =>
  refusal === undefined
    ? route
    : {
        ...route,
        run: (request, params, search) =>
          route.run(request, params, search).pipe(Effect.catch((error) => Effect.succeed(refusal(error, request)))),
      }

const methods = ["GET", "PUT", "POST", "PATCH", "DELETE"]

/** Listens until the scope closes; then takes no more requests and finishes those it has. */
export const serve = Effect.fnUntraced(function* <H extends Handler<unknown>>(
  handlers: ReadonlyArray<H>,
  listen: Listen,
  fallback: Fallback,
) {
  type R = ServicesOf<H>
  const sessions = yield* Sessions
  const appservices = yield* Appservices
  const masquerade = yield* Masquerade
  const callers = yield* Effect.context<ApiKeys | Roles | Sessions>()
  const metrics = yield* Metrics
  const config = yield* ServerConfig
  const clock = yield* Clock.Clock
  const limits = config.rateLimits ? new RateLimits(config.limits) : undefined
  const runFork = Effect.runForkWith(yield* Effect.context<R>())
  const boot = randomBytes(3).toString("hex")
  let requests = 0

  const router = FindMyWay.make<Route<R>>({ maxParamLength: 4096, caseSensitive: true })
  for (const handler of handlers) {
    const { method, path } = handler.endpoint
    router.on(method, routed(path) as `/${string}`, shownBy(handler.refusal, routeOf(handler as unknown as Handler<R>)))
  }

  function routeOf({ endpoint, run }: Handler<R>): Route<R> {
    const decodeParams = decoder(endpoint.params)
    const decodeQuery = decoder(endpoint.query)
    const decodeBody = endpoint.body === undefined ? undefined : decoder(endpoint.body)
    return {
      operationId: endpoint.operationId,
      run: Effect.fnUntraced(function* (request, params, search) {
        const ip = request.socket.remoteAddress ?? ""
        const caller = endpoint.access === "business" ? yield* identified(request, ip, endpoint) : undefined
        const requester = caller === undefined ? yield* authenticate(request, search, endpoint.access) : undefined
        if (requester !== undefined) yield* mayCall(requester, endpoint)
        if (requester?.isGuest === true) yield* mayCallAsGuest(endpoint)
        const limited = limits === undefined || isExempt(request, requester) ? undefined : limits
        const waitMs =
          limited?.take(
            endpoint.limit,
            caller === undefined ? (requester?.userId ?? ip) : callerId(caller),
            clock.currentTimeMillisUnsafe(),
          ) ?? 0
        if (waitMs > 0) {
          return yield* new LimitExceeded({ error: "You are doing this too often", retry_after_ms: waitMs })
        }
        let body: unknown
        if (decodeBody !== undefined) {
          const maxBytes = config.limits[caller === undefined ? "request.bytes" : "businessRequest.bytes"]
          const bytes = yield* readBytes(request, maxBytes)
          const json = yield* Effect.fromResult(parseBody(bytes, endpoint.numbers))
          const decoded = decodeBody(json)
          if (Result.isFailure(decoded)) return yield* new BadJson(decoded.failure)
          body = decoded.success
        }
        if (holdsNul(params, search)) {
          return yield* new InvalidParam({ error: "Nothing in a path or query may hold a NUL character" })
        }
        const decodedParams = decodeParams(params)
        if (Result.isFailure(decodedParams)) return yield* new InvalidParam(decodedParams.failure)
        const query = decodeQuery(search === "" ? {} : queryOf(search))
        if (Result.isFailure(query)) return yield* new InvalidParam(query.failure)
        const call = { params: decodedParams.success, query: query.success, body, requester, caller, ip, request }
        return yield* run(call as Call<never, never, never, Access>)
      }),
    }
  }

  const identified = (request: IncomingMessage, ip: string, endpoint: Handler<R>["endpoint"]) =>
    Effect.provide(identify(accessTokenOf(request), ip, endpoint), callers)

  const authenticate = (request: IncomingMessage, search: string, access: Access) => {
    const token = accessTokenOf(request)
    if (token === undefined || access === "none") {
      return access === "user"
        ? Effect.fail(new MissingToken({ error: "This needs an access token" }))
        : Effect.undefined
    }
    const service = appservices.byToken(token)
    if (service !== undefined) return masquerade.requester(service, new URLSearchParams(search))
    return sessions.authenticate(token, request.socket.remoteAddress ?? "")
  }

  /** Spec: application service API, "Registration": a service acting as itself is excluded from `rate_limited`. */
  const isExempt = (request: IncomingMessage, requester: Requester | undefined) => {
    if (requester !== undefined) {
      const { userId, appservice } = requester
      return appservice !== undefined && (!appservice.rateLimited || userId === appservice.sender)
    }
    // Where it registers users and logs them in.
    const token = accessTokenOf(request)
    return token !== undefined && appservices.byToken(token) !== undefined
  }

  const answer = (request: IncomingMessage, response: ServerResponse) => {
    if (request.method === "OPTIONS") {
      response.writeHead(204, [...cors]).end()
      return
    }
    const url = request.url ?? "/"
    const queryAt = url.indexOf("?")
    const search = queryAt < 0 ? "" : url.slice(queryAt + 1)
    const path = canonicalPath(queryAt < 0 ? url : url.slice(0, queryAt))
    const found = path === undefined ? undefined : router.find(request.method ?? "GET", path)
    if (path === undefined || found === undefined) {
      if (path !== undefined && methods.some((method) => router.find(method, path) !== undefined)) {
        return refuse(response, new UnrecognizedMethod({ error: "This path does not know that method" }))
      }
      if (url.startsWith("/_matrix") || !fallback(request, response)) {
        refuse(response, new Unrecognized({ error: "There is no such operation here" }))
      }
      return
    }
    const begun = performance.now()
    // Says in every line of the log, and to the caller, which request it was.
    const labels = { requestId: `${boot}-${(++requests).toString(36)}`, operationId: found.handler.operationId }
    const fiber = runFork(Effect.annotateLogs(found.handler.run(request, found.params, search), labels))
    response.on("close", () => {
      if (!response.writableFinished) fiber.interruptUnsafe()
    })
    fiber.addObserver((exit) => {
      if (Exit.isSuccess(exit)) succeed(response, exit.value, ["x-request-id", labels.requestId])
      else fail(response, labels, exit.cause)
      metrics.request(found.handler.operationId, response.statusCode, (performance.now() - begun) / 1000)
      // What is left of a refused body goes into the void: who is cut off while sending would not see the answer.
      if (!request.complete) request.resume()
    })
  }

  const fail = (response: ServerResponse, labels: { readonly requestId: string }, cause: Cause.Cause<MatrixError>) => {
    const head = ["x-request-id", labels.requestId]
    if (response.destroyed || Cause.hasInterruptsOnly(cause)) {
      if (!response.headersSent) refuse(response, new Unavailable({ error: "The server is stopping" }), head)
      return
    }
    const error = Cause.squash(cause)
    if (isMatrixError(error)) return refuse(response, error, head)
    if (isDatabaseAway(cause)) {
      runFork(databaseAway)
      return refuse(response, new Unavailable({ error: "The server cannot reach its store. Please try again." }), [
        ...head,
        "retry-after",
        "5",
      ])
    }
    runFork(Effect.logError("a request fell over", cause).pipe(Effect.annotateLogs(labels)))
    send(response, 500, '{"errcode":"M_UNKNOWN","error":"Something went wrong on the server"}', head)
  }

  // A large upload over a slow line takes its time.
  const options = { keepAliveTimeout: 65_000, headersTimeout: 60_000, requestTimeout: 3_600_000 }
  const { certificate } = listen
  const server: Server =
    certificate === undefined
      ? createServer(options, answer)
      : createSecureServer({ ...options, ...certificate, minVersion: "TLSv1.2" }, answer)
  server.maxRequestsPerSocket = 0
  server.on("clientError", answerUnreadable)
  yield* Effect.acquireRelease(
    Effect.callback<void, CannotListen>((resume) => {
      server.once("error", (error: NodeJS.ErrnoException) => resume(Effect.fail(cannotListen(listen, error))))
      server.listen({ port: listen.port, host: listen.host, backlog: 1024 }, () => resume(Effect.void))
    }),
    () =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeIdleConnections()
        setTimeout(() => server.closeAllConnections(), 3000).unref()
      }),
  )
  return server
})

const cannotListen = ({ host, port, setting }: Listen, error: NodeJS.ErrnoException) => {
  const sentences: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} on ${host} is taken by another program: stop that one, or choose another ${setting}.`,
    EACCES: `Port ${port} may not be opened by this user: choose a ${setting} above 1023.`,
    EADDRNOTAVAIL: `This machine has no address ${host}: set BIND_HOST to one it has.`,
  }
  return new CannotListen({
    message: sentences[error.code ?? ""] ?? `Cannot listen on ${host}:${port}: ${error.message}`,
  })
}

/** A parameter ends where a colon follows it: the router has to be told. */
const routed = (path: string) => path.replaceAll(/:(\w+)(?=::)/g, ":$1([^:/]+)")

/** The path with the old name of the interface replaced by today's; undefined if it is not a path at all. */
const canonicalPath = (path: string): string | undefined => {
  try {
    decodeURIComponent(path)
  } catch {
    return undefined
  }
  if (path.startsWith("/_matrix/client/r0/")) return `/_matrix/client/v3/${path.slice("/_matrix/client/r0/".length)}`
  if (path.startsWith("/_matrix/media/r0/")) return `/_matrix/media/v3/${path.slice("/_matrix/media/r0/".length)}`
  return path
}

const decoder = (schema: Schema.Codec<never, unknown>) => {
  const decode = Schema.decodeUnknownResult(schema as Schema.Codec<unknown, unknown>)
  return (input: unknown) => Result.mapError(decode(input), refusalOf)
}

/** No identifier of Matrix has one, and PostgreSQL takes none. */
const holdsNul = (params: Readonly<Record<string, string | undefined>>, search: string) =>
  search.includes("%00") || search.includes("\0") || Object.values(params).some((value) => value?.includes("\0"))

const queryOf = (search: string) => {
  // Without a prototype: `?constructor=x` names nothing that is there already.
  const query: Record<string, string | Array<string>> = Object.create(null)
  for (const [key, value] of new URLSearchParams(search)) {
    const before = query[key]
    if (before === undefined) query[key] = value
    else if (typeof before === "string") query[key] = [before, value]
    else before.push(value)
  }
  return query
}

const refuse = (response: ServerResponse, error: MatrixError, head: Head = []) => {
  const retryMs = error._tag === "LimitExceeded" ? error.retry_after_ms : undefined
  const retry = retryMs === undefined ? [] : ["retry-after", Math.ceil(retryMs / 1000)]
  send(response, statusOf(error), JSON.stringify(wireBody(error)), [...head, ...retry])
}

const succeed = (response: ServerResponse, value: unknown, head: Head) => {
  if (value instanceof RawJson) return send(response, 200, value.text, head)
  if (!(value instanceof Content)) return send(response, 200, JSON.stringify(value), head)
  response.writeHead(value.status, [...cors, ...head, ...Object.entries(value.headers).flat()])
  // Whichever of the two ends early takes the other with it: a client that leaves must not keep the file open.
  if (value.body instanceof Readable) pipeline(value.body, response, () => {})
  else response.end(value.body)
}

const send = (response: ServerResponse, status: number, json: string, head: Head) => {
  if (response.headersSent || response.destroyed) return
  // As a string the body leaves in one write with its head.
  const length = Buffer.byteLength(json)
  response.writeHead(status, [...cors, ...head, "content-type", "application/json", "content-length", length])
  response.end(json)
}
