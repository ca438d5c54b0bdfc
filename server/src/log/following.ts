/** Work that goes along the log behind a cursor of its own: done when something comes that it is about, again and again. */
import { Effect, Latch } from "effect"
import { patiently } from "../operations/outages.ts"
import type { LogEntry } from "./LogEntry.ts"
import { LogStream } from "./LogStream.ts"

interface Following<R> {
  /** What the work is, for the log of an outage: "let conversations follow records". */
  readonly what: string
  readonly isNews: (entry: LogEntry) => boolean
  /** True where there is more to do at once. */
  readonly step: Effect.Effect<boolean, never, R>
}

export const following = Effect.fnUntraced(function* <R>({ what, isNews, step }: Following<R>) {
  const news = Latch.makeUnsafe(true)
  yield* (yield* LogStream).listen(({ entries }) => {
    if (entries.some(isNews)) news.openUnsafe()
  })
  // What went wrong is tried again also where nothing new happens.
  yield* Effect.timeoutOption(news.await, "5 seconds").pipe(
    Effect.andThen(Effect.sync(() => news.closeUnsafe())),
    Effect.andThen(step.pipe(Effect.repeat({ until: (more) => !more }), patiently(what))),
    Effect.forever,
    Effect.forkScoped,
  )
})
