/**
 * Requests to hosts that others name: push gateways, pages to preview, identity servers. What is not a public address is
 * never spoken to: it is checked after the name was resolved, the connection goes to the address that was checked, and
 * every redirect is looked at anew. Time and size are bounded by the caller.
 */
import { lookup as resolve, type LookupAddress, type LookupOptions } from "node:dns"
import { isIP, type LookupFunction } from "node:net"
import { rootCertificates } from "node:tls"
import { Context, type Duration, Effect, Layer, Schema } from "effect"
import ipaddr from "ipaddr.js"
import type { Agent, Dispatcher } from "undici"
import { ServerConfig } from "../config.ts"
import { readPem } from "../federation/certificate.ts"

/** The request was refused by the guard, the host was not reached, or what it said was too long or too late. */
export class OutgoingFailed extends Schema.TaggedError<OutgoingFailed>()("OutgoingFailed", {
  reason: Schema.Literals(["refused", "unreachable", "tooLarge", "tooLate"]),
  message: Schema.String,
}) {}

export interface OutgoingRequest {
  readonly url: string
  readonly method?: "GET" | "POST" | "PUT"
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** For all redirects together. */
  readonly timeout: Duration.Input
  readonly maxBytes: number
  /** What is longer fails, or is given up to its limit. */
  readonly whenLonger?: "fail" | "cut"
  readonly maxRedirects?: number
}

export interface OutgoingResponse {
  /** Where the answer came from, after all redirects. */
  readonly url: string
  readonly status: number
  /** By lower-case name; of a repeated one the first. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Uint8Array
}

/** Whether an address is one of the public internet, and not of this machine, its network, or a transition scheme. */
export const isPublicAddress = (address: string): boolean =>
  ipaddr.isValid(address) && ipaddr.process(address).range() === "unicast"

export class Outgoing extends Context.Service<
  Outgoing,
  {
    /** Any status is an answer; only what gives none fails. */
    readonly request: (request: OutgoingRequest) => Effect.Effect<OutgoingResponse, OutgoingFailed>
  }
>()("@biz1/server/http/Outgoing") {
  /** Speaks to such addresses alone as `mayReach` allows. */
  static readonly layerReaching = (mayReach: (address: string) => boolean, authorities?: ReadonlyArray<string>) =>
    Layer.effect(
      this,
      Effect.gen(function* () {
        // Loaded and made for the first request: many a server never asks another.
        let agent: Promise<Agent> | undefined
        const open = async () => {
          const { Agent } = await client()
          return new Agent({
            connect: {
              lookup: checkedLookup(mayReach),
              timeout: 10_000,
              ...(authorities === undefined ? {} : { ca: [...authorities] }),
            },
            pipelining: 1,
            connections: 16,
            maxHeaderSize: 16_384,
          })
        }
        yield* Effect.addFinalizer(() => Effect.promise(async () => (await agent)?.destroy()))
        return Outgoing.of({
          request: (request) =>
            Effect.tryPromise({
              try: async (signal) => follow(await (agent ??= open()), mayReach, request, signal),
              catch: asFailure,
            }).pipe(
              Effect.timeoutOrElse({
                duration: request.timeout,
                orElse: () => Effect.fail(new OutgoingFailed({ reason: "tooLate", message: "No answer in time" })),
              }),
            ),
        })
      }),
    )

  static readonly layer = Layer.unwrap(
    Effect.gen({ self: this }, function* () {
      const { allowPrivateAddresses, trustedAuthorities } = yield* ServerConfig
      const more = trustedAuthorities === undefined ? undefined : yield* readPem("TLS_CA", trustedAuthorities)
      const authorities = more === undefined ? undefined : [...rootCertificates, more]
      return this.layerReaching(allowPrivateAddresses ? () => true : isPublicAddress, authorities)
    }),
  )
}

const client = () => import("undici")

const refused = (message: string) => new OutgoingFailed({ reason: "refused", message })

/** What goes wrong while connecting is wrapped by the client; a refusal inside stays a refusal. */
const asFailure = (error: unknown): OutgoingFailed => {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof OutgoingFailed) return cause
  }
  const message = error instanceof Error ? error.message : String(error)
  return new OutgoingFailed({ reason: "unreachable", message })
}

/** Resolves a name and lets nobody connect if one of its addresses is not allowed. */
const checkedLookup =
  (mayReach: (address: string) => boolean): LookupFunction =>
  (hostname, options: LookupOptions, done) => {
    resolve(hostname, { ...options, all: true }, (error, found: Array<LookupAddress>) => {
      if (error !== null) return done(error, [])
      const [first] = found
      if (first === undefined || !found.every(({ address }) => mayReach(address))) {
        return done(refused(`${hostname} has an address that may not be reached`), [])
      }
      return options.all === true ? done(null, found) : done(null, first.address, first.family)
    })
  }

/** A host that is an address already is never looked up, so it is checked here. */
const checkedUrl = (text: string, mayReach: (address: string) => boolean): URL => {
  if (!URL.canParse(text)) throw refused("This is no URL")
  const url = new URL(text)
  if (url.protocol !== "https:" && url.protocol !== "http:") throw refused("Only http and https are spoken")
  if (url.username !== "" || url.password !== "") throw refused("A URL may hold no password")
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1")
  if (isIP(host) !== 0 && !mayReach(host)) throw refused(`${host} may not be reached`)
  return url
}

const redirects = new Set([301, 302, 303, 307, 308])

const follow = async (
  agent: Agent,
  mayReach: (address: string) => boolean,
  request: OutgoingRequest,
  signal: AbortSignal,
): Promise<OutgoingResponse> => {
  let { method = "GET", body } = request
  let url = checkedUrl(request.url, mayReach)
  const { request: send } = await client()
  for (let left = request.maxRedirects ?? 0; ; left--) {
    const answer = await send(url.href, {
      method,
      headers: { "accept-encoding": "identity", ...request.headers },
      body: body ?? null,
      dispatcher: agent,
      signal,
    })
    const location = firstOf(answer.headers["location"])
    if (left <= 0 || location === undefined || !redirects.has(answer.statusCode)) {
      return {
        url: url.href,
        status: answer.statusCode,
        headers: headersOf(answer),
        body: await readBody(answer, request),
      }
    }
    await answer.body.dump({ limit: 16_384 })
    if (!URL.canParse(location, url.href)) throw refused("It leads to what is no URL")
    url = checkedUrl(new URL(location, url.href).href, mayReach)
    // As browsers do: after these what was posted is not posted again.
    if (answer.statusCode !== 307 && answer.statusCode !== 308) [method, body] = ["GET", undefined]
  }
}

const firstOf = (value: string | Array<string> | undefined) => (Array.isArray(value) ? value[0] : value)

const headersOf = ({ headers }: Dispatcher.ResponseData) => {
  const found = new Map<string, string>()
  for (const [name, value] of Object.entries(headers)) {
    const first = firstOf(value)
    if (first !== undefined) found.set(name.toLowerCase(), first)
  }
  return found
}

const readBody = async ({ body }: Dispatcher.ResponseData, { maxBytes, whenLonger }: OutgoingRequest) => {
  const chunks: Array<Uint8Array> = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk)
    size += chunk.byteLength
    if (size <= maxBytes) continue
    if (whenLonger === "cut") break // which destroys the body, too
    throw new OutgoingFailed({ reason: "tooLarge", message: `The answer is longer than ${maxBytes} bytes` })
  }
  return Buffer.concat(chunks).subarray(0, maxBytes)
}
