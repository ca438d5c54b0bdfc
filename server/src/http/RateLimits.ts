/** How often one user or one address may call: a bucket for each class of operation, refilled at a steady rate. */
import type { Limit } from "@biz1/protocol/Endpoint"

/** Calls a second in the long run, and calls at once after a rest. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

export const rates: Readonly<Record<Exclude<Limit, "none">, Rate>> = {
  read: { perSecond: 50, burst: 300 },
  message: { perSecond: 10, burst: 60 },
  room: { perSecond: 2, burst: 30 },
  media: { perSecond: 10, burst: 100 },
  login: { perSecond: 0.3, burst: 10 },
  register: { perSecond: 0.3, burst: 10 },
}

/** Buckets that were not used for so long that they are full again are forgotten beyond this many. */
const maxBuckets = 100_000

export class RateLimits {
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>()

  /** Takes one call from the bucket; gives 0, or how many milliseconds to wait for the next. */
  take(limit: Limit, caller: string, nowMs: number): number {
    if (limit === "none") return 0
    const { perSecond, burst } = rates[limit]
    const key = `${limit} ${caller}`
    const bucket = this.#buckets.get(key) ?? { tokens: burst, atMs: nowMs }
    this.#buckets.delete(key)
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * perSecond)
    bucket.atMs = nowMs
    this.#buckets.set(key, bucket) // last used, last in the map
    if (this.#buckets.size > maxBuckets) this.#buckets.delete(this.#buckets.keys().next().value!)
    if (bucket.tokens >= 1) {
      bucket.tokens--
      return 0
    }
    return Math.ceil(((1 - bucket.tokens) / perSecond) * 1000)
  }
}
