/**
 * User-interactive authentication: a client passes the stages of one of several flows, one request after the other, in
 * a session. Spec: client-server API, "User-Interactive Authentication API".
 */
import { randomBytes } from "node:crypto"
import { Clock, Context, Effect, Layer } from "effect"
import { AuthenticationNeeded, Forbidden } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import type { AuthenticationData, Identifier } from "@biz1/protocol/uia"
import type { Requester } from "../http/Handler.ts"
import { Accounts } from "./Accounts.ts"

/** Checks one stage; a failure's sentence is shown to the person. */
export type Stage = (
  auth: AuthenticationData,
) => Effect.Effect<void, { readonly errcode: string; readonly error: string }>

export interface Flows {
  /** Names the operation, so that a session for one is not good for another. */
  readonly operation: string
  readonly flows: ReadonlyArray<ReadonlyArray<string>>
  readonly stages: Readonly<Record<string, Stage>>
  readonly params?: JsonObject
}

const sessionMs = 15 * 60_000
const maxSessions = 10_000

export class Interactive extends Context.Service<
  Interactive,
  {
    /** Passes when one of the flows is complete; else fails with what is left to do. */
    readonly pass: (auth: AuthenticationData | undefined, flows: Flows) => Effect.Effect<void, AuthenticationNeeded>
    /** The same with the requester's own password as the one stage. */
    readonly passPassword: (
      auth: AuthenticationData | undefined,
      requester: Requester,
      operation: string,
    ) => Effect.Effect<void, AuthenticationNeeded>
  }
>()("@biz1/server/auth/Interactive") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const accounts = yield* Accounts
      const clock = yield* Clock.Clock
      const sessions = new Map<
        string,
        { readonly operation: string; readonly untilMs: number; readonly done: Set<string> }
      >()

      const begin = (operation: string) => {
        const id = randomBytes(18).toString("base64url")
        sessions.set(id, { operation, untilMs: clock.currentTimeMillisUnsafe() + sessionMs, done: new Set() })
        if (sessions.size > maxSessions) sessions.delete(sessions.keys().next().value!)
        return id
      }
      const resume = (id: string | undefined, operation: string) => {
        const session = id === undefined ? undefined : sessions.get(id)
        if (session === undefined || session.operation !== operation) return undefined
        return session.untilMs > clock.currentTimeMillisUnsafe() ? session : undefined
      }

      const pass = Effect.fnUntraced(function* (auth: AuthenticationData | undefined, options: Flows) {
        const { operation, flows, stages, params = {} } = options
        const known = resume(auth?.session, operation)
        const id = known === undefined ? begin(operation) : auth!.session!
        const session = sessions.get(id)!
        const needed = (problem?: { readonly errcode: string; readonly error: string }) =>
          new AuthenticationNeeded({
            session: id,
            flows: flows.map((names) => ({ stages: names })),
            params,
            completed: [...session.done],
            ...(problem === undefined ? {} : { errcode: problem.errcode, error: problem.error }),
          })
        const stage = auth?.type !== undefined && Object.hasOwn(stages, auth.type) ? stages[auth.type] : undefined
        if (auth?.type !== undefined && stage === undefined) {
          return yield* needed({ errcode: "M_UNRECOGNIZED", error: "That is not one of the stages" })
        }
        if (stage !== undefined && auth !== undefined) {
          yield* stage(auth).pipe(Effect.mapError(needed))
          session.done.add(auth.type!)
        }
        if (!flows.some((names) => names.every((name) => session.done.has(name)))) return yield* needed()
        sessions.delete(id)
      })

      const passPassword = (auth: AuthenticationData | undefined, requester: Requester, operation: string) =>
        // The users of an application service have no passwords: it has proved who it is. MSC4190.
        requester.appservice !== undefined
          ? Effect.void
          : pass(auth, {
              operation: `${operation} ${requester.userId}`,
              flows: [["m.login.password"]],
              stages: {
                "m.login.password": (given) => {
                  const identifier = given["identifier"] as Identifier | undefined
                  const name = userOf(identifier) ?? textOf(given["user"]) ?? requester.userId
                  const userId = accounts.userIdOf(name)
                  if (userId !== requester.userId) {
                    return Effect.fail(new Forbidden({ error: "The password must be your own" }))
                  }
                  return accounts.verify(userId, String(given["password"] ?? ""))
                },
              },
            })

      return Interactive.of({ pass, passPassword })
    }),
  )
}

/** Whom an identifier of type `m.id.user` means. */
export const userOf = (identifier: Identifier | undefined): UserId | string | undefined =>
  identifier?.type === "m.id.user" ? textOf(identifier["user"]) : undefined

const textOf = (value: unknown) => (typeof value === "string" ? value : undefined)
