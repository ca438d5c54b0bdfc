import { assert, describe, it } from "@effect/vitest"
import { retryAfter, webhookHeaders } from "./webhook.ts"

describe("a webhook", () => {
  it("is signed as Standard Webhooks say, once for each secret", () => {
    // The example of the specification's reference libraries.
    const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    const body = '{"test": 2432232314}'
    const headers = webhookHeaders({ id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1614265330, body }, [
      secret,
      secret,
    ])
    const signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert.deepStrictEqual(headers, {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": `${signature} ${signature}`,
    })
  })

  it("that failed is tried again ever later, and given up after a day and a half", () => {
    const waits = Array.from({ length: 9 }, (_, n) => retryAfter(n + 1, 0, 5000))
    assert.deepStrictEqual(
      waits.map((wait) => (wait === undefined ? undefined : wait / 1000)),
      [5, 30, 120, 600, 3600, 10_800, 28_800, 86_400, undefined],
    )
    assert.strictEqual(retryAfter(1, 1, 5000), 5500)
    assert.strictEqual(retryAfter(1, 0, 5), 5)
  })
})
