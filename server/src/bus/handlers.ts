/**
 * How a message becomes work, the same on every bus: a subscriber takes its messages one after another, a responder
 * takes its requests side by side. What waits is bounded, and a handler that falls over takes nothing else with it.
 */
import { Cause, Effect, Exit, FiberSet, Queue, type Scope } from "effect"

/** Takes in a message at once; the handler sees it later, in order. */
export type Deliver = (data: string, subject: string) => void

/**
 * A fiber that hands messages to `handler` until the scope closes. Past `capacity` the oldest waiting one is lost: the
 * newest says most, and whoever needs all of them finds the gap in the log.
 */
export const subscriber = Effect.fnUntraced(function* <R>(
  pattern: string,
  handler: (data: string, subject: string) => Effect.Effect<void, never, R>,
  capacity: number,
) {
  const waiting = yield* Queue.sliding<{ readonly data: string; readonly subject: string }>(capacity)
  let lost = 0

  yield* Effect.gen(function* () {
    while (true) {
      const { data, subject } = yield* Queue.take(waiting)
      if (lost > 0) {
        const count = lost
        lost = 0
        yield* Effect.logWarning("a subscriber is too slow and lost messages").pipe(
          Effect.annotateLogs({ pattern, lost: count }),
        )
      }
      const exit = yield* Effect.exit(Effect.suspend(() => handler(data, subject)))
      if (Exit.isSuccess(exit)) continue
      if (Cause.hasInterruptsOnly(exit.cause)) return yield* Effect.failCause(exit.cause)
      yield* Effect.logError("a subscriber fell over a message", exit.cause).pipe(
        Effect.annotateLogs({ pattern, subject }),
      )
    }
  }).pipe(Effect.forkScoped)

  const deliver: Deliver = (data, subject) => {
    if (Queue.sizeUnsafe(waiting) >= capacity) lost++
    Queue.offerUnsafe(waiting, { data, subject })
  }
  return deliver
})

/** The answer to a request, or a sentence on why there is none. */
export type Answer = { readonly data: string } | { readonly failure: string }

/** Takes in a request at once; `reply` is called once, and also when the responder ends before it has answered. */
export type Respond = (data: string, reply: (answer: Answer) => void) => void

/** A fiber per request, at most `capacity` at a time; one more is refused at once. */
export const responder = <R>(
  subject: string,
  handler: (data: string) => Effect.Effect<string, never, R>,
  capacity: number,
): Effect.Effect<Respond, never, R | Scope.Scope> =>
  Effect.gen(function* () {
    const running = yield* FiberSet.make<string>()
    const fork = yield* FiberSet.runtime(running)<R>()
    let busy = 0

    return (data, reply) => {
      if (busy >= capacity) return reply({ failure: "The responder has too many requests at once" })
      busy++
      const fiber = fork(
        Effect.suspend(() => handler(data)).pipe(
          Effect.tapCause((cause) =>
            Cause.hasInterruptsOnly(cause)
              ? Effect.void
              : Effect.logError("a responder fell over a request", cause).pipe(Effect.annotateLogs({ subject })),
          ),
        ),
      )
      // Not `onExit`: a fiber that is interrupted before its first step would never come to it.
      fiber.addObserver((exit) => {
        busy--
        reply(Exit.isSuccess(exit) ? { data: exit.value } : { failure: reasonOf(exit.cause) })
      })
    }
  })

const reasonOf = (cause: Cause.Cause<never>): string =>
  Cause.hasInterruptsOnly(cause) ? "The responder stopped before it answered" : "The responder fell over the request"
