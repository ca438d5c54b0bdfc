import { Effect } from "effect"
import * as contract from "@biz1/protocol/client/appservice"
import { BadStatus, ConnectionFailed, ConnectionTimeout, Forbidden, NotFound, UrlNotSet } from "@biz1/protocol/errors"
import { AppserviceClient } from "../appservice/AppserviceClient.ts"
import { awakeSubject } from "../appservice/tellServices.ts"
import { Bus } from "../bus/Bus.ts"
import { handler, type Requester } from "../http/Handler.ts"
import { Directory } from "../store/Directory.ts"
import { RoomViews } from "../sync/RoomViews.ts"

const theService = ({ appservice }: Requester) =>
  appservice === undefined
    ? Effect.fail(new Forbidden({ error: "Only application services may ask for this" }))
    : Effect.succeed(appservice)

export const pingAppservice = handler(
  contract.pingAppservice,
  Effect.fnUntraced(function* ({ params, body, requester }) {
    const service = yield* theService(requester)
    if (service.id !== params.appserviceId) {
      return yield* new Forbidden({ error: `Your token is that of ${service.id}, not of ${params.appserviceId}` })
    }
    if (service.url === undefined) return yield* new UrlNotSet({ error: "The registration has no URL to ping" })
    const begun = performance.now()
    const answer = yield* (yield* AppserviceClient)
      .request(service, {
        method: "POST",
        path: "/_matrix/app/v1/ping",
        body: JSON.stringify(body),
        timeout: "10 seconds",
      })
      .pipe(
        Effect.mapError(({ reason, message }) =>
          reason === "tooLate"
            ? new ConnectionTimeout({ error: "The application service gave no answer in time" })
            : new ConnectionFailed({ error: `The application service was not reached: ${message}` }),
        ),
      )
    if (answer.status < 200 || answer.status > 299) {
      const { status, text } = answer
      return yield* new BadStatus({ error: `It answered with ${status}`, status, body: text.slice(0, 4096) })
    }
    yield* (yield* Bus).publish(awakeSubject, service.id)
    return { duration_ms: Math.round(performance.now() - begun) }
  }),
)

/** Each network of a service has a list of rooms of its own beside the server's. */
export const updateAppserviceRoomDirectoryVisibility = handler(
  contract.updateAppserviceRoomDirectoryVisibility,
  Effect.fnUntraced(function* ({ params: { networkId, roomId }, body, requester }) {
    const service = yield* theService(requester)
    if ((yield* (yield* RoomViews).get(roomId)) === undefined) {
      return yield* new NotFound({ error: "There is no such room" })
    }
    const done = yield* (yield* Directory).publishOn(networkId, roomId, service.id, body.visibility === "public")
    if (!done) return yield* new Forbidden({ error: "This list is kept by another application service" })
    return {}
  }),
)
