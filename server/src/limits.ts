/**
 * How much of a thing there may be, and how often it may be done: every limit that an operator can move, in one table.
 * `LIMITS` and `docs/configuration.md` come from it. Whoever needs one more adds a line and reads it from `ServerConfig`.
 */
import type { Limit as Bucket } from "@biz1/protocol/Endpoint"

interface Limit {
  readonly meaning: string
  readonly unit: string
  readonly fallback: number
  readonly minimum: number
  readonly maximum: number
}

/** In the long run: what an emptied bucket is refilled with. */
const perSecond = (fallback: number, what: string): Limit => ({
  meaning: `How often one user or address may ${what}, in the long run.`,
  unit: "a second",
  fallback,
  minimum: 0.001,
  maximum: 1_000_000,
})
const burst = (fallback: number, what: string): Limit => ({
  meaning: `How often one user or address may ${what} at once, after a rest.`,
  unit: "times",
  fallback,
  minimum: 1,
  maximum: 1_000_000,
})
const limit = (fallback: number, unit: string, minimum: number, maximum: number, meaning: string): Limit => ({
  meaning,
  unit,
  fallback,
  minimum,
  maximum,
})

export const limits = {
  "read.perSecond": perSecond(50, "read"),
  "read.burst": burst(300, "read"),
  "message.perSecond": perSecond(10, "send or change something"),
  "message.burst": burst(60, "send or change something"),
  "room.perSecond": perSecond(2, "make, join or leave a room"),
  "room.burst": burst(30, "make, join or leave a room"),
  "media.perSecond": perSecond(10, "send or fetch a file"),
  "media.burst": burst(100, "send or fetch a file"),
  "login.perSecond": perSecond(0.3, "log in"),
  "login.burst": burst(10, "log in"),
  "register.perSecond": perSecond(0.3, "make an account"),
  "register.burst": burst(10, "make an account"),
  "business.perSecond": perSecond(100, "call the business API"),
  "business.burst": burst(500, "call the business API"),
  "businessRequest.bytes": limit(
    8 * 1024 * 1024,
    "bytes",
    128 * 1024,
    64 * 1024 * 1024,
    "The largest request to the business API.",
  ),
  "webhooks.retryMs": limit(
    5000,
    "milliseconds",
    1,
    60 * 60_000,
    "How long a webhook that failed waits; the next ones wait 6, 24, 120, 720, 2160, 5760 and 17280 times that.",
  ),
  "webhooks.keepDays": limit(30, "days", 1, 3660, "How long it is kept what was delivered by webhook."),
  "retention.seconds": limit(3600, "seconds", 1, 86_400, "How long it is between two looks for what need not be kept."),
  "redactions.keepDays": limit(
    7,
    "days",
    0,
    3660,
    "How long the content of what was redacted, which nobody is shown, stays in the database.",
  ),
  "exports.keepDays": limit(7, "days", 1, 365, "How long the archive of an export can be fetched."),
  "request.bytes": limit(1024 * 1024, "bytes", 128 * 1024, 64 * 1024 * 1024, "The largest request that is not a file."),
  "delayedEvents.seconds": limit(
    31 * 24 * 60 * 60,
    "seconds",
    1,
    366 * 24 * 60 * 60,
    "How long an event may be put off.",
  ),
  "delayedEvents.perUser": limit(100, "events", 0, 100_000, "How many delayed events one user may have waiting."),
  "emptyMedia.perUser": limit(100, "files", 0, 100_000, "How many files one user may announce without sending them."),
  "emptyMedia.seconds": limit(
    24 * 60 * 60,
    "seconds",
    60,
    366 * 24 * 60 * 60,
    "How long an announced file is awaited.",
  ),
} as const

export type LimitName = keyof typeof limits
export type Limits = Readonly<Record<LimitName, number>>

const isName = (name: string): name is LimitName => Object.hasOwn(limits, name)

/** `name=value` with commas between; what is not named stays as it is. Undefined where any of it is wrong. */
export const parseLimits = (text: string): Limits | undefined => {
  const parsed = Object.fromEntries(Object.entries(limits).map(([name, { fallback }]) => [name, fallback]))
  for (const assignment of text.split(",").filter((part) => part.trim() !== "")) {
    const [, name = "", digits = ""] = /^\s*([\w.]+)\s*=\s*(\d{1,12}(?:\.\d{1,3})?)\s*$/.exec(assignment) ?? []
    if (!isName(name)) return undefined
    const { unit, minimum, maximum } = limits[name]
    const value = Number(digits)
    if (value < minimum || value > maximum || (unit !== "a second" && !Number.isInteger(value))) return undefined
    parsed[name] = value
  }
  return parsed as Limits
}

/** Calls a second in the long run, and calls at once after a rest. */
export const rateOf = (given: Limits, bucket: Exclude<Bucket, "none">) => ({
  perSecond: given[`${bucket}.perSecond`],
  burst: given[`${bucket}.burst`],
})
