/** JSON as it crosses the wire, before a schema has looked at it. */
import { Schema } from "effect"

export type Json = null | boolean | number | string | ReadonlyArray<Json> | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}
/** Any JSON object, kept whole. */
export const JsonObject: Schema.Codec<JsonObject> = Schema.Record(Schema.String, Schema.Json) as never

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)
