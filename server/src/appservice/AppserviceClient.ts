/**
 * Requests to application services. Their addresses come from the operator, so they may be on this very machine.
 * Spec: application service API, "Authorization" and "Legacy routes".
 */
import { Clock, Context, type Duration, Effect, Layer } from "effect"
import type { Json } from "@biz1/protocol/json"
import { Outgoing, type OutgoingFailed, type OutgoingRequest } from "../http/outgoing.ts"
import type { Appservice } from "./Registration.ts"

export interface ServiceRequest {
  readonly method: "GET" | "POST" | "PUT"
  /** With its query, if it has one. */
  readonly path: string
  /** The path that services knew before there were versions. */
  readonly legacyPath?: string
  readonly body?: string
  readonly timeout: Duration.Input
}

export interface ServiceAnswer {
  readonly status: number
  readonly text: string
  /** The answer parsed, or undefined where it is no JSON. */
  readonly json: Json | undefined
}

const maxAnswerBytes = 1024 * 1024
/** How long a service is spoken to in the old way before the new one is tried again. */
const oldWayMs = 60 * 60_000

export class AppserviceClient extends Context.Service<
  AppserviceClient,
  {
    /** Any status is an answer. The service must have a URL. */
    readonly request: (service: Appservice, request: ServiceRequest) => Effect.Effect<ServiceAnswer, OutgoingFailed>
  }
>()("@biz1/server/appservice/AppserviceClient") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const outgoing = Context.get(yield* Layer.build(Outgoing.layerReaching(() => true)), Outgoing)
      const clock = yield* Clock.Clock
      /** By service: until when it is known to have the old paths alone. */
      const old = new Map<string, number>()

      const ask = Effect.fnUntraced(function* (service: Appservice, request: ServiceRequest, path: string) {
        const { method, body, timeout } = request
        // Bridges from before v1.4 look for the token in the query alone.
        const token = `${path.includes("?") ? "&" : "?"}access_token=${encodeURIComponent(service.hsToken)}`
        const outgoingRequest: OutgoingRequest = {
          url: `${service.url}${path}${token}`,
          method,
          headers: {
            authorization: `Bearer ${service.hsToken}`,
            ...(body === undefined ? {} : { "content-type": "application/json" }),
          },
          ...(body === undefined ? {} : { body }),
          timeout,
          maxBytes: maxAnswerBytes,
          // That it took a transaction counts, whatever else it says.
          whenLonger: "cut",
        }
        const answer = yield* outgoing.request(outgoingRequest)
        const text = Buffer.from(answer.body).toString()
        return { status: answer.status, text, json: parsed(text) } satisfies ServiceAnswer
      })

      return AppserviceClient.of({
        request: Effect.fnUntraced(function* (service, request) {
          const { path, legacyPath } = request
          const oldOnly = (old.get(service.id) ?? 0) > clock.currentTimeMillisUnsafe()
          if (legacyPath !== undefined && oldOnly) {
            const answer = yield* ask(service, request, legacyPath)
            if (!isUnknownPath(answer)) return answer
            old.delete(service.id)
          }
          const answer = yield* ask(service, request, path)
          if (legacyPath === undefined || !isUnknownPath(answer)) return answer
          const older = yield* ask(service, request, legacyPath)
          if (isUnknownPath(older)) return answer
          old.set(service.id, clock.currentTimeMillisUnsafe() + oldWayMs)
          return older
        }),
      })
    }),
  )
}

const parsed = (text: string): Json | undefined => {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

/** What is not found may be a path or a user: only the first is answered without a code, or with this one. */
const isUnknownPath = ({ status, json }: ServiceAnswer) => {
  if (status !== 404 && status !== 405 && status !== 501) return false
  const errcode = typeof json === "object" && json !== null && "errcode" in json ? json["errcode"] : undefined
  return errcode === undefined || errcode === "M_UNRECOGNIZED"
}
