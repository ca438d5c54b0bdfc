/**
 * What comes of a record that its owner sends. Owners send again what they have sent, in any order and more than once:
 * the highest version stands, whatever came before or after it.
 */
import { canonicalJson } from "../canonicalJson.ts"
import type { JsonObject } from "@biz1/protocol/json"

/** The record as it stands: its version and what it says, key and version left out. */
export interface Standing {
  readonly version: number
  readonly body: JsonObject
  readonly deleted: boolean
}

export type Verdict = "created" | "updated" | "unchanged" | "stale" | "contradicted"

/** `contradicted` is a version that says something else than it did: its owner has counted wrong. */
export const verdictOf = (before: Standing | undefined, after: Omit<Standing, "deleted">): Verdict => {
  if (before === undefined) return "created"
  if (after.version > before.version) return "updated"
  if (after.version < before.version || before.deleted) return "stale"
  return sameBody(before.body, after.body) ? "unchanged" : "contradicted"
}

/** Amounts and counts may be fractions, which canonical JSON refuses: these compare by their text. */
const comparable = (value: unknown): unknown => {
  if (typeof value === "number") return String(value)
  if (Array.isArray(value)) return value.map(comparable)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, comparable(inner)]))
}

const sameBody = (one: JsonObject, other: JsonObject): boolean =>
  canonicalJson(comparable(one) as JsonObject) === canonicalJson(comparable(other) as JsonObject)

/** The names of what differs between two versions. */
export const changedBetween = (before: JsonObject | undefined, after: JsonObject): ReadonlyArray<string> => {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after)])
  const part = (body: JsonObject | undefined, name: string) => ({ value: body?.[name] ?? null })
  return [...names].filter((name) => !sameBody(part(before, name), part(after, name))).sort()
}
