/** How a webhook is signed, and when one that failed is tried again. Format: Standard Webhooks 1.0. */
import { createHmac } from "node:crypto"

export interface Signed {
  readonly id: string
  /** Seconds since 1970. */
  readonly timestamp: number
  readonly body: string
}

const secretPrefix = "whsec_"

/** A signature for each secret, so that a receiver may change from one to another. */
export const webhookHeaders = ({ id, timestamp, body }: Signed, secrets: ReadonlyArray<string>) => ({
  "webhook-id": id,
  "webhook-timestamp": String(timestamp),
  "webhook-signature": secrets
    .map((secret) => {
      const key = Buffer.from(secret.slice(secretPrefix.length), "base64")
      return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`
    })
    .join(" "),
})

/** In multiples of the first wait: of five seconds these are half a minute, 2 and 10 minutes, 1, 3, 8 and 24 hours. */
const waits = [1, 6, 24, 120, 720, 2160, 5760, 17_280]

/**
 * How long to wait after so many attempts have failed, in milliseconds, up to a tenth more by chance; undefined once it
 * is given up.
 */
export const retryAfter = (attempts: number, chance: number, firstWaitMs: number): number | undefined => {
  const wait = waits[attempts - 1]
  return wait === undefined ? undefined : Math.ceil(wait * firstWaitMs * (1 + chance / 10))
}
