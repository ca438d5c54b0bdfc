/**
 * The contract of one operation: what it is called, who may call it, what crosses the wire. The server's handlers,
 * the clients' types and the published OpenAPI all come from these values.
 */
import { Schema, SchemaGetter } from "effect"
import type { Scope } from "./business/scopes.ts"

/**
 * Who may call: nobody needs a token, a token counts if there is one, only a logged-in user, or who may use the business
 * API.
 */
export type Access = "none" | "optional" | "user" | "business"

/** Which rate limit a call draws from; how much each allows is the server's setting. */
export type Limit = "read" | "message" | "room" | "login" | "register" | "media" | "business" | "none"

export interface Endpoint<in out Params, in out Query, in out Body, in out Success, A extends Access = Access> {
  /** As the specification names the operation. */
  readonly operationId: string
  readonly method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE"
  /** Parameters as `:name`; a colon that is one as `::`. */
  readonly path: string
  readonly access: A
  readonly limit: Limit
  /** In the business API: what an API key must be good for; `none` where any key will do. */
  readonly scope: Scope | "none" | undefined
  readonly params: Schema.Codec<Params, unknown>
  readonly query: Schema.Codec<Query, unknown>
  /** Undefined where the request has no JSON body: what is sent is then left to the handler. */
  readonly body: Schema.Codec<Body, unknown> | undefined
  /** Which numbers a body may hold: those that an event may, or, where it never becomes one, any. */
  readonly numbers: "canonical" | "any"
  /** What is answered, as it looks on the wire. */
  readonly success: Schema.Codec<unknown, Success>
}

export const endpoint = <
  const Params extends Schema.Struct.Fields = {},
  const Query extends Schema.Struct.Fields = {},
  Body extends Schema.Constraint | undefined = undefined,
  Success extends Schema.Constraint = Schema.Struct<{}>,
  const A extends Access = "user",
>(options: {
  readonly operationId: string
  readonly method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE"
  readonly path: string
  readonly access?: A
  readonly limit?: Limit
  readonly scope?: Scope | "none"
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
  readonly numbers?: "any"
  readonly success?: Success
}) =>
  ({
    limit: options.method === "GET" ? "read" : "message",
    numbers: "canonical",
    ...options,
    access: options.access ?? "user",
    params: Schema.Struct(options.params ?? {}),
    query: Schema.Struct(options.query ?? {}),
    body: options.body,
    success: options.success ?? Schema.Struct({}),
  }) as unknown as Endpoint<
    Schema.Struct<Params>["Type"],
    Schema.Struct<Query>["Type"],
    Body extends Schema.Constraint ? Body["Type"] : undefined,
    Success["Encoded"],
    A
  >

/** A query parameter that is a whole number, zero or more. */
export const NaturalFromString = Schema.FiniteFromString.check(Schema.isInt(), Schema.isGreaterThanOrEqualTo(0))

/**
 * When an event is said to have happened, in milliseconds since 1970. Heard from application services alone.
 * Spec: application service API, "Timestamp massaging".
 */
export const EventTime = Schema.optionalKey(NaturalFromString.check(Schema.isLessThan(2 ** 53)))

/** A query parameter that is `true` or `false`. */
export const BooleanFromString = Schema.Literals(["true", "false"]).pipe(
  Schema.decodeTo(Schema.Boolean, {
    decode: SchemaGetter.transform((text) => text === "true"),
    encode: SchemaGetter.transform((flag) => (flag ? "true" : "false") as "true" | "false"),
  }),
)

/** A query parameter that may be given several times; once makes a list of one. */
export const Repeated = Schema.Union([Schema.String, Schema.Array(Schema.String)]).pipe(
  Schema.decodeTo(Schema.Array(Schema.String), {
    decode: SchemaGetter.transform((given) => (typeof given === "string" ? [given] : given)),
    encode: SchemaGetter.transform((list): string | ReadonlyArray<string> => list),
  }),
)
