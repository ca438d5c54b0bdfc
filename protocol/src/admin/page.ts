/** How operators read long lists: a page at a time, each beginning where the one before says. */
import { Schema } from "effect"
import { NaturalFromString } from "../Endpoint.ts"

export const base = "/_biz1/admin/v1"

const maxPage = 500
export const defaultPage = 100

/** `from` is the `next_from` of the page before. */
export const pageQuery = {
  from: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(255))),
  limit: Schema.optionalKey(NaturalFromString.check(Schema.isBetween({ minimum: 1, maximum: maxPage }))),
}

/** Absent on the last page. */
export const nextFrom = { next_from: Schema.optionalKey(Schema.String) }
