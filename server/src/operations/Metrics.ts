/** What operators watch, in Prometheus' text format at `/metrics`. */
import { Context, Effect, Layer } from "effect"
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client"

export class Metrics extends Context.Service<
  Metrics,
  {
    readonly commit: (seconds: number, appends: number) => void
    readonly restarted: (actor: string) => void
    readonly request: (operation: string, status: number, seconds: number) => void
    /** Registers a value that is asked for at each scrape. */
    readonly gauge: (name: string, help: string, read: () => number) => void
    readonly text: Effect.Effect<string>
  }
>()("@biz1/server/operations/Metrics") {
  static readonly layer = Layer.sync(this, () => {
    const registry = new Registry()
    collectDefaultMetrics({ register: registry })
    const registers = [registry]
    const commitSeconds = new Histogram({
      name: "biz1_log_commit_seconds",
      help: "Time of one group commit of the event log",
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2],
      registers,
    })
    const commitAppends = new Histogram({
      name: "biz1_log_commit_appends",
      help: "Batches of conversations in one group commit",
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 500],
      registers,
    })
    const restarts = new Counter({
      name: "biz1_actor_restarts_total",
      help: "Actors that fell over and were loaded again",
      labelNames: ["actor"],
      registers,
    })
    const requests = new Histogram({
      name: "biz1_http_request_seconds",
      help: "Time from a request's arrival to its answer",
      labelNames: ["operation", "status"],
      buckets: [0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 10, 60],
      registers,
    })
    return Metrics.of({
      commit: (seconds, appends) => {
        commitSeconds.observe(seconds)
        commitAppends.observe(appends)
      },
      restarted: (actor) => restarts.inc({ actor }),
      request: (operation, status, seconds) => requests.observe({ operation, status }, seconds),
      gauge: (name, help, read) => {
        new Gauge({
          name,
          help,
          registers,
          collect() {
            this.set(read())
          },
        })
      },
      text: Effect.promise(() => registry.metrics()),
    })
  })
}
