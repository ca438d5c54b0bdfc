/**
 * User-interactive authentication: a client passes the stages of one of several flows, one request after the other, in
 * a session. Spec: client-server API, "User-Interactive Authentication API".
 */
import { randomBytes } from "node:crypto"
import { Clock, Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { AuthenticationNeeded, Forbidden } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import type { AuthenticationData, Identifier } from "@biz1/protocol/uia"
import type { Requester } from "../http/Handler.ts"
import { Accounts } from "./Accounts.ts"

/** Why a stage was not passed; the sentence is shown to the person. */
interface Problem {
  readonly errcode: string
  readonly error: string
}

export type Stage = (auth: AuthenticationData) => Effect.Effect<void, Problem>

export interface Flows {
  /** Names the operation, so that a session for one is not good for another. */
  readonly operation: string
  readonly flows: ReadonlyArray<ReadonlyArray<string>>
  readonly stages: Readonly<Record<string, Stage>>
  readonly params?: JsonObject
}

const sessionMs = 15 * 60_000

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
      const sql = yield* PgClient.PgClient

      const begin = Effect.fnUntraced(function* (operation: string, now: number) {
        const id = randomBytes(18).toString("base64url")
        yield* sql`DELETE FROM interactive_sessions WHERE expires_ts <= ${BigInt(now)}`
        yield* sql`INSERT INTO interactive_sessions (session, operation, expires_ts)
          VALUES (${id}, ${operation}, ${BigInt(now + sessionMs)})`
        const completed: ReadonlyArray<string> = []
        return { id, completed }
      }, Effect.orDie)

      /** A session that is not known, or was for something else, is a new one. */
      const resume = Effect.fnUntraced(function* (id: string | undefined, operation: string, now: number) {
        const [row] =
          id === undefined || id.includes("\0")
            ? []
            : yield* sql`SELECT completed FROM interactive_sessions WHERE session = ${id}
                AND operation = ${operation} AND expires_ts > ${BigInt(now)}`.pipe(Effect.orDie)
        if (id === undefined || row === undefined) return yield* begin(operation, now)
        return { id, completed: row["completed"] as ReadonlyArray<string> }
      })

      const complete = (id: string, type: string) =>
        sql`UPDATE interactive_sessions SET completed = array_append(completed, ${type})
          WHERE session = ${id} AND NOT completed @> ARRAY[${type}]`.pipe(Effect.orDie)

      /** False where another request has ended it first: a session is good for one. */
      const end = (id: string) =>
        sql`DELETE FROM interactive_sessions WHERE session = ${id} RETURNING session`.pipe(
          Effect.map((rows) => rows.length > 0),
          Effect.orDie,
        )

      const pass = Effect.fnUntraced(function* (auth: AuthenticationData | undefined, options: Flows) {
        const { operation, flows, stages, params = {} } = options
        const now = yield* Clock.currentTimeMillis
        const { id, completed } = yield* resume(auth?.session, operation, now)
        const needed = (session: string, done: ReadonlyArray<string>, problem?: Problem) =>
          new AuthenticationNeeded({
            session,
            flows: flows.map((names) => ({ stages: names })),
            params,
            completed: done,
            ...(problem === undefined ? {} : { errcode: problem.errcode, error: problem.error }),
          })

        const type = auth?.type
        const stage = type !== undefined && Object.hasOwn(stages, type) ? stages[type] : undefined
        if (type !== undefined && stage === undefined) {
          return yield* needed(id, completed, { errcode: "M_UNRECOGNIZED", error: "That is not one of the stages" })
        }
        let done = completed
        if (auth !== undefined && type !== undefined && stage !== undefined && !done.includes(type)) {
          yield* Effect.mapError(stage(auth), (problem) => needed(id, completed, problem))
          done = [...done, type]
        }
        const isComplete = flows.some((names) => names.every((name) => done.includes(name)))
        if (isComplete && (yield* end(id))) return
        if (isComplete) return yield* needed((yield* begin(operation, now)).id, [])
        if (done !== completed && type !== undefined) yield* complete(id, type)
        return yield* needed(id, done)
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
