/**
 * The API for other systems, below `/_biz1/v1`: who may call an operation of it, and the forms that they share. A caller
 * is a system with an API key, or somebody of the organisation with an access token.
 */
import { Schema } from "effect"
import { endpoint, NaturalFromString } from "../Endpoint.ts"
import { shortText } from "../text.ts"
import type { Scope } from "./scopes.ts"

export const base = "/_biz1/v1"

/** An operation of this API. The path begins after the base. */
export const apiEndpoint = <
  const Params extends Schema.Struct.Fields = {},
  const Query extends Schema.Struct.Fields = {},
  Body extends Schema.Constraint | undefined = undefined,
  Success extends Schema.Constraint = Schema.Struct<{}>,
>(options: {
  readonly operationId: string
  readonly method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE"
  readonly path: string
  readonly scope: Scope | "none"
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
  readonly success?: Success
}) =>
  endpoint<Params, Query, Body, Success, "business">({
    ...options,
    path: `${base}${options.path}`,
    access: "business",
    limit: "business",
    numbers: "any",
  })

/** The most that a list gives at once. */
export const MAX_PAGE = 200
export const DEFAULT_PAGE = 50

/** `after` is the `next` of the page before. */
export const pageQuery = {
  limit: Schema.optionalKey(NaturalFromString.check(Schema.isBetween({ minimum: 1, maximum: MAX_PAGE }))),
  after: Schema.optionalKey(shortText(512)),
}

/** A list in pages. `next` is absent on the last one. */
export const page = <Item extends Schema.Constraint>(item: Item) =>
  Schema.Struct({ items: Schema.Array(item), next: Schema.optionalKey(Schema.String) })

/** Milliseconds since 1970 are for machines; here times are read by people, too: RFC 3339, in UTC. */
export const Time = Schema.String.check(
  Schema.makeFilter(
    (text: string) =>
      (/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/.test(text) &&
        !Number.isNaN(Date.parse(text))) ||
      "a time as in 2026-11-23T17:00:00Z",
  ),
)
