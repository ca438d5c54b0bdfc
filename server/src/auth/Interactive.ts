/**
 * User-interactive authentication: a client passes the stages of one of several flows, one request after the other, in
 * a session. A session is for the request that it was begun with: only `auth` may change. Its id is kept as a hash
 * alone, and is the key to what is kept of the request, which may hold a password.
 * Spec: client-server API, "User-Interactive Authentication API".
 */
import { createHmac, hash, randomBytes } from "node:crypto"
import type { IncomingMessage } from "node:http"
import { Clock, Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import { canonicalJson } from "@biz1/core/canonicalJson"
import { AuthenticationNeeded, Forbidden } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import type { Json, JsonObject } from "@biz1/protocol/json"
import type { AuthenticationData } from "@biz1/protocol/uia"
import type { Requester } from "../http/Handler.ts"

/** Why a stage was not passed; the sentence is shown to the person. */
interface Problem {
  readonly errcode: string
  readonly error: string
}

/** A request that wants authentication. */
export interface Asked {
  readonly body: { readonly auth?: AuthenticationData }
  readonly request: IncomingMessage
  readonly requester?: Requester | undefined
}

/** What a stage has shown, for when all are passed: an address, a token. */
export type Stage<R = never> = (auth: AuthenticationData) => Effect.Effect<string | void, Problem, R>
/** By the names of the stages. */
export type Passed = Readonly<Record<string, string>>

export interface Flows<R = never> {
  readonly flows: ReadonlyArray<ReadonlyArray<string>>
  readonly stages: Readonly<Record<string, Stage<R>>>
  readonly params?: JsonObject
}

/** A session, for the pages on which stages are passed in a browser. */
export interface OpenSession {
  readonly id: string
  /** The method and path of the request. */
  readonly operation: string
  readonly userId: UserId | undefined
  readonly stages: ReadonlyArray<string>
  readonly passed: Passed
}

const sessionMs = 15 * 60_000

export class Interactive extends Context.Service<
  Interactive,
  {
    /** Passes when one of the flows is complete; else fails with what is left to do. */
    readonly pass: <R = never>(
      asked: Asked,
      flows: Flows<R>,
    ) => Effect.Effect<Passed, AuthenticationNeeded | Forbidden, R>
    readonly open: (session: string) => Effect.Effect<OpenSession | undefined>
    /** Notes that a stage was passed elsewhere than in the request. */
    readonly fulfil: (session: string, stage: string, shown?: string) => Effect.Effect<void>
  }
>()("@biz1/server/auth/Interactive") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient

      const begin = Effect.fnUntraced(function* (asked: Asked, stages: ReadonlyArray<string>) {
        const id = randomBytes(18).toString("base64url")
        const now = yield* Clock.currentTimeMillis
        yield* sql`DELETE FROM interactive_sessions WHERE expires_ts <= ${BigInt(now)}`
        yield* sql`INSERT INTO interactive_sessions (session, operation, user_id, parameters_hash, stages, expires_ts)
          VALUES (${hashed(id)}, ${operationOf(asked)}, ${asked.requester?.userId ?? null}, ${parametersOf(asked, id)},
            ${stages}, ${BigInt(now + sessionMs)})`
        return { id, passed: {} as Passed }
      }, Effect.orDie)

      const open = Effect.fnUntraced(function* (id: string) {
        const now = yield* Clock.currentTimeMillis
        const [row] = yield* sql`SELECT operation, user_id, stages, passed::text AS passed FROM interactive_sessions
          WHERE session = ${hashed(id)} AND expires_ts > ${BigInt(now)}`
        if (row === undefined) return undefined
        return {
          id,
          operation: String(row["operation"]),
          userId: (row["user_id"] ?? undefined) as UserId | undefined,
          stages: row["stages"] as ReadonlyArray<string>,
          passed: JSON.parse(String(row["passed"])) as Passed,
        }
      }, Effect.orDie)

      /** Many clients ask with nothing for the flows first: such a session takes the parameters that come next. */
      const isFor = (id: string, asked: Asked) =>
        sql`UPDATE interactive_sessions SET parameters_hash = ${parametersOf(asked, id)}
          WHERE session = ${hashed(id)} AND operation = ${operationOf(asked)}
            AND user_id IS NOT DISTINCT FROM ${asked.requester?.userId ?? null}
            AND (parameters_hash IS NOT DISTINCT FROM ${parametersOf(asked, id)}::bytea
              OR parameters_hash IS NULL AND passed = '{}')
          RETURNING session`.pipe(
          Effect.map((rows) => rows.length > 0),
          Effect.orDie,
        )

      const fulfil = (id: string, stage: string, shown = "") =>
        sql`UPDATE interactive_sessions SET passed = passed || jsonb_build_object(${stage}::text, ${shown}::text)
          WHERE session = ${hashed(id)}`.pipe(Effect.orDie, Effect.asVoid)

      /** False where another request has ended it first: a session is good for one. */
      const end = (id: string) =>
        sql`DELETE FROM interactive_sessions WHERE session = ${hashed(id)} RETURNING session`.pipe(
          Effect.map((rows) => rows.length > 0),
          Effect.orDie,
        )

      const pass = Effect.fnUntraced(function* <R>(asked: Asked, options: Flows<R>) {
        const { flows, stages, params = {} } = options
        const { auth } = asked.body
        const known = auth?.session === undefined ? undefined : yield* open(auth.session)
        if (known !== undefined && !(yield* isFor(known.id, asked))) {
          return yield* new Forbidden({ error: "This session was begun for another request: begin a new one" })
        }
        const { id, passed } = known ?? (yield* begin(asked, Object.keys(stages)))
        const needed = (session: string, done: Passed, problem?: Problem) =>
          new AuthenticationNeeded({
            session,
            flows: flows.map((names) => ({ stages: names })),
            params,
            completed: Object.keys(done),
            ...(problem === undefined ? {} : { errcode: problem.errcode, error: problem.error }),
          })

        const type = auth?.type
        if (auth?.session !== undefined && known === undefined && type === undefined) return yield* needed(id, {}, over)
        const stage = type !== undefined && Object.hasOwn(stages, type) ? stages[type] : undefined
        if (type !== undefined && stage === undefined) {
          return yield* needed(id, passed, { errcode: "M_UNRECOGNIZED", error: "That is not one of the stages" })
        }
        let done = passed
        if (auth !== undefined && type !== undefined && stage !== undefined && !Object.hasOwn(done, type)) {
          const shown = yield* Effect.mapError(stage(auth), (problem) => needed(id, passed, problem))
          done = { ...done, [type]: shown ?? "" }
        }
        const isComplete = flows.some((names) => names.every((name) => Object.hasOwn(done, name)))
        if (isComplete && (yield* end(id))) return done
        if (isComplete) return yield* needed((yield* begin(asked, Object.keys(stages))).id, {}, over)
        if (done !== passed && type !== undefined) yield* fulfil(id, type, done[type])
        return yield* needed(id, done)
      })

      return Interactive.of({ pass, open, fulfil })
    }),
  )
}

const over: Problem = { errcode: "M_UNAUTHORIZED", error: "This session is over: go on with the new one" }

/** The path names what is to be changed, as a device. */
const operationOf = ({ request }: Asked) => `${request.method} ${request.url?.split("?", 1)[0]}`

const hashed = (id: string) => hash("sha256", id, "base64url")

/** Null where there are none. */
const parametersOf = ({ body: { auth: _, ...parameters } }: Asked, id: string) =>
  Object.keys(parameters).length === 0
    ? null
    : createHmac("sha256", id)
        .update(canonicalJson(parameters as Json))
        .digest()
