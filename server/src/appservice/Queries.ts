/**
 * Users and rooms that come into being when somebody asks for them: a service whose namespace they are in may make them
 * before it answers. Spec: application service API, "Querying".
 */
import { Context, Effect, Layer } from "effect"
import { RequestTimeout } from "@biz1/protocol/errors"
import { serverOf, type RoomAlias, type UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { ServerConfig } from "../config.ts"
import { Directory, type AliasEntry } from "../store/Directory.ts"
import { ProfileStore } from "../store/ProfileStore.ts"
import { AppserviceClient } from "./AppserviceClient.ts"
import { Appservices } from "./Appservices.ts"
import { ownsAlias, ownsUser, type Appservice } from "./Registration.ts"

const attempts = 2
const timeout = "10 seconds"

export class Queries extends Context.Service<
  Queries,
  {
    /** Where an alias of this server leads, if a service knows or makes it. */
    readonly room: (alias: RoomAlias) => Effect.Effect<AliasEntry | undefined, RequestTimeout>
    /** The profile of a user of this server, if there is one or a service makes them. */
    readonly profile: (userId: UserId) => Effect.Effect<JsonObject | undefined, RequestTimeout>
  }
>()("@biz1/server/appservice/Queries") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const { serverName } = yield* ServerConfig
      const appservices = yield* Appservices
      const client = yield* AppserviceClient
      const directory = yield* Directory
      const profiles = yield* ProfileStore

      /** Whether one of the services says that what was asked for is there now. */
      const ask = Effect.fnUntraced(function* (services: ReadonlyArray<Appservice>, path: string) {
        for (const service of services) {
          if (service.url === undefined) continue
          const answer = yield* client
            .request(service, { method: "GET", path: `/_matrix/app/v1${path}`, legacyPath: path, timeout })
            .pipe(
              Effect.retry({ times: attempts - 1 }),
              Effect.map(({ status }) => status),
              Effect.catch(({ reason, message }) =>
                reason === "tooLate"
                  ? Effect.fail(new RequestTimeout({ error: "The network that this belongs to gave no answer" }))
                  : Effect.as(
                      Effect.logWarning("an application service was not reached", { appservice: service.id, message }),
                      undefined,
                    ),
              ),
            )
          if (answer === 200) return true
        }
        return false
      })

      /** Looks, and where there is nothing asks and looks again. */
      const found = <A>(
        look: Effect.Effect<A | undefined>,
        owners: () => ReadonlyArray<Appservice>,
        path: string,
      ): Effect.Effect<A | undefined, RequestTimeout> =>
        Effect.flatMap(look, (there) => {
          const services = there === undefined ? owners() : []
          if (services.length === 0) return Effect.succeed(there)
          return Effect.flatMap(ask(services, path), (made) => (made ? look : Effect.succeed(there)))
        })

      return Queries.of({
        room: (alias) =>
          found(
            directory.find(alias),
            () =>
              serverOf(alias) === serverName ? appservices.all().filter((service) => ownsAlias(service, alias)) : [],
            `/rooms/${encodeURIComponent(alias)}`,
          ),
        profile: (userId) =>
          found(
            profiles.find(userId),
            () => appservices.all().filter((service) => ownsUser(service, userId)),
            `/users/${encodeURIComponent(userId)}`,
          ),
      })
    }),
  )
}
