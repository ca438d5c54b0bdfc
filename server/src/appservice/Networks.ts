/**
 * What application services know of the networks they bridge to, put together from all that speak a protocol.
 * Spec: application service API, "Third-party networks".
 */
import { Clock, Context, Effect, Layer } from "effect"
import { isJsonObject, type Json, type JsonObject } from "@biz1/protocol/json"
import { AppserviceClient } from "./AppserviceClient.ts"
import { Appservices } from "./Appservices.ts"
import type { Appservice } from "./Registration.ts"

export interface Lookup {
  /** Every protocol, where none is named. */
  readonly protocol: string | undefined
  readonly fields: URLSearchParams
}

const rememberMs = 60_000

export class Networks extends Context.Service<
  Networks,
  {
    readonly protocols: () => ReadonlyArray<string>
    /** Undefined where no service speaks it, or none answers. */
    readonly describe: (protocol: string) => Effect.Effect<JsonObject | undefined>
    /** A service that does not answer finds nothing. */
    readonly lookUp: (kind: "location" | "user", lookup: Lookup) => Effect.Effect<ReadonlyArray<JsonObject>>
  }
>()("@biz1/server/appservice/Networks") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const appservices = yield* Appservices
      const client = yield* AppserviceClient
      const clock = yield* Clock.Clock
      const described = new Map<string, { readonly about: JsonObject; readonly untilMs: number }>()

      const speaking = (protocol: string) =>
        appservices.all().filter(({ url, protocols }) => url !== undefined && protocols.includes(protocol))

      const ask = (service: Appservice, path: string): Effect.Effect<Json | undefined> =>
        client
          .request(service, {
            method: "GET",
            path: `/_matrix/app/v1/thirdparty/${path}`,
            legacyPath: `/_matrix/app/unstable/thirdparty/${path}`,
            timeout: "10 seconds",
          })
          .pipe(
            Effect.map(({ status, json }) => (status === 200 ? json : undefined)),
            Effect.catch((error) =>
              Effect.as(
                Effect.logWarning("an application service did not answer", { id: service.id, error }),
                undefined,
              ),
            ),
          )

      const askAll = (services: ReadonlyArray<Appservice>, path: string) =>
        Effect.forEach(services, (service) => Effect.map(ask(service, path), (json) => ({ service, json })), {
          concurrency: 8,
        })

      const describe = Effect.fnUntraced(function* (protocol: string) {
        const known = described.get(protocol)
        const services = speaking(protocol)
        if (services.length === 0) return undefined
        if (known !== undefined && known.untilMs > clock.currentTimeMillisUnsafe()) return known.about
        const answers = yield* askAll(services, `protocol/${encodeURIComponent(protocol)}`)
        const about = together(protocol, answers)
        if (about !== undefined)
          described.set(protocol, { about, untilMs: clock.currentTimeMillisUnsafe() + rememberMs })
        return about
      })
      yield* appservices.onChange(() => described.clear())

      const lookUp = Effect.fnUntraced(function* (kind: "location" | "user", { protocol, fields }: Lookup) {
        const services =
          protocol === undefined ? appservices.all().filter(({ url }) => url !== undefined) : speaking(protocol)
        const path = protocol === undefined ? kind : `${kind}/${encodeURIComponent(protocol)}`
        const answers = yield* askAll(services, fields.size === 0 ? path : `${path}?${fields}`)
        return answers.flatMap(({ json }) => (Array.isArray(json) ? json.filter((found) => isFound(kind, found)) : []))
      })

      return Networks.of({
        protocols: () => [...new Set(appservices.all().flatMap(({ protocols }) => protocols))],
        describe,
        lookUp,
      })
    }),
  )
}

const isFound = (kind: "location" | "user", found: Json): found is JsonObject =>
  isJsonObject(found) &&
  typeof found[kind === "location" ? "alias" : "userid"] === "string" &&
  typeof found["protocol"] === "string" &&
  isJsonObject(found["fields"])

/** The first description, with the instances of all; an instance is named by its service and its network. */
const together = (
  protocol: string,
  answers: ReadonlyArray<{ readonly service: Appservice; readonly json: Json | undefined }>,
): JsonObject | undefined => {
  const objects = answers.flatMap(({ service, json }) => (isJsonObject(json) ? [{ service, json }] : []))
  const [first] = objects
  if (first === undefined) return undefined
  const instances = objects.flatMap(({ service, json }) => {
    const listed = Array.isArray(json["instances"]) ? (json["instances"] as ReadonlyArray<Json>) : []
    return listed.filter(isJsonObject).map((instance) => ({
      ...instance,
      desc: textOf(instance["desc"], protocol),
      fields: isJsonObject(instance["fields"]) ? instance["fields"] : {},
      network_id: textOf(instance["network_id"], protocol),
      instance_id: `${service.id}|${textOf(instance["network_id"], protocol)}`,
    }))
  })
  const { json } = first
  return {
    ...json,
    user_fields: Array.isArray(json["user_fields"]) ? json["user_fields"] : [],
    location_fields: Array.isArray(json["location_fields"]) ? json["location_fields"] : [],
    icon: textOf(json["icon"], ""),
    field_types: isJsonObject(json["field_types"]) ? json["field_types"] : {},
    instances,
  }
}

const textOf = (value: Json | undefined, otherwise: string) => (typeof value === "string" ? value : otherwise)
