/** What operators and their load balancers ask: is it alive, may it have requests, how is it doing. */
import { Effect } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { Fallback } from "../http/HttpServer.ts"
import { Metrics } from "./Metrics.ts"

/** `/health` answers while the process runs, `/ready` while the store answers too, `/metrics` for Prometheus. */
export const operations = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const metrics = yield* Metrics
  const run = Effect.runForkWith(yield* Effect.context())
  const ready = sql`SELECT 1`.pipe(
    Effect.timeout("2 seconds"),
    Effect.match({ onSuccess: () => true, onFailure: () => false }),
  )

  const fallback: Fallback = (request, response) => {
    const send = (status: number, text: string) => {
      response.writeHead(status, {
        "content-type": "text/plain; version=0.0.4; charset=utf-8",
        "cache-control": "no-store",
      })
      response.end(text)
    }
    if (request.method !== "GET") return false
    switch (request.url) {
      case "/health":
        send(200, "ok\n")
        return true
      case "/ready":
        run(Effect.map(ready, (is) => (is ? send(200, "ready\n") : send(503, "the database does not answer\n"))))
        return true
      case "/metrics":
        run(Effect.map(metrics.text, (text) => send(200, text)))
        return true
      default:
        return false
    }
  }
  return fallback
})
