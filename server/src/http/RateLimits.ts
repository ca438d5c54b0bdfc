/** How often one user or one address may call: a bucket for each class of operation, refilled at a steady rate. */
import type { Limit } from "@biz1/protocol/Endpoint"
import { rateOf, type Limits } from "../limits.ts"

/** Buckets that were not used for so long that they are full again are forgotten beyond this many. */
const maxBuckets = 100_000

export class RateLimits {
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>()
  readonly #limits: Limits
  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Takes one call from the bucket; gives 0, or how many milliseconds to wait for the next. */
  take(limit: Limit, caller: string, nowMs: number): number {
    if (limit === "none") return 0
    const { perSecond, burst } = rateOf(this.#limits, limit)
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
