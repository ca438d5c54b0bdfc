/**
 * Who may make what: an application service within its namespaces, everyone else outside of those that are some
 * service's alone. Spec: application service API, "Server admin style permissions".
 */
import type { IncomingMessage } from "node:http"
import { Effect } from "effect"
import { Exclusive, MissingToken, UnknownToken } from "@biz1/protocol/errors"
import type { RoomAlias, UserId } from "@biz1/protocol/ids"
import { accessTokenOf } from "../http/accessToken.ts"
import type { Requester } from "../http/Handler.ts"
import { Appservices } from "./Appservices.ts"
import { ownsAlias, ownsUser, reserves, type Appservice } from "./Registration.ts"

/** The service that calls an operation that needs no token of others. */
export const callingService = Effect.fnUntraced(function* (request: IncomingMessage) {
  const token = accessTokenOf(request)
  if (token === undefined) return yield* new MissingToken({ error: "This needs the as_token of the service" })
  const service = (yield* Appservices).byToken(token)
  return service ?? (yield* new UnknownToken({ error: "No application service has this token" }))
})

/** The user may be made, or logged in, by this service. */
export const mustOwnUser = (service: Appservice, userId: UserId) =>
  ownsUser(service, userId)
    ? mayTakeUser(userId, service)
    : Effect.fail(new Exclusive({ error: `${userId} is not among the users of ${service.id}` }))

const mayTake = Effect.fnUntraced(function* (kind: "users" | "aliases", id: string, by: Appservice | undefined) {
  const others = (yield* Appservices).all().filter((service) => service.id !== by?.id)
  if (others.some((service) => reserves(service, kind, id))) {
    return yield* new Exclusive({ error: `${id} is kept for an application service` })
  }
})

/** Nobody else has the name for themselves. */
export const mayTakeUser = (userId: UserId, by?: Appservice) => mayTake("users", userId, by)

/** The alias is in the service's namespace, where a service asks, and in no other that is one's alone. */
export const mayTakeAlias = (alias: RoomAlias, { appservice }: Requester) =>
  appservice === undefined || ownsAlias(appservice, alias)
    ? mayTake("aliases", alias, appservice)
    : Effect.fail(new Exclusive({ error: `${alias} is not among the aliases of ${appservice.id}` }))
