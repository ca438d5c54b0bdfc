/**
 * The bus carries wake-ups and requests between the nodes of a cluster, and within one. A message is delivered at most
 * once, and truth is never in it: whoever must not miss anything reads the log after a gap, and after `reconnected`.
 * `layerInProcess` is the whole bus of a single node; `BusNats` joins nodes by a NATS server. Both keep one contract.
 */
import { Context, Deferred, type Duration, Effect, Layer, Schema, type Scope, Stream } from "effect"
import { type Answer, type Deliver, type Respond, responder, subscriber } from "./handlers.ts"
import { SubjectMap } from "./SubjectMap.ts"
import { isPattern, isSubject } from "./subject.ts"

/** Nobody answers this subject: known at once, without waiting. */
export class NoResponders extends Schema.TaggedError<NoResponders>()("NoResponders", {
  subject: Schema.String,
}) {}

/** No answer in time. What was asked may have happened. */
export class RequestTimeout extends Schema.TaggedError<RequestTimeout>()("RequestTimeout", {
  subject: Schema.String,
}) {}

/** The responder could not answer, or the request could not be sent. What was asked may have happened. */
export class RequestFailed extends Schema.TaggedError<RequestFailed>()("RequestFailed", {
  subject: Schema.String,
  reason: Schema.String,
}) {}

export type RequestError = NoResponders | RequestTimeout | RequestFailed

export interface HandlerOptions {
  /** Messages that may wait for a subscriber, 4,096 unless told; requests that a responder may have in hand, 1,024. */
  readonly capacity?: number
}

export class Bus extends Context.Service<
  Bus,
  {
    /** Tells all who listen, on every node, this one included. Never waits; says nothing of who received it. */
    readonly publish: (subject: string, data: string) => Effect.Effect<void>
    /**
     * Hears what is published on the subjects that match, until the scope closes. Messages of one publisher come in
     * their order, one at a time. A defect is logged and the next message follows. Past `capacity` the oldest is lost.
     */
    readonly subscribe: <R = never>(
      pattern: string,
      handler: (data: string, subject: string) => Effect.Effect<void, never, R>,
      options?: HandlerOptions,
    ) => Effect.Effect<void, never, R | Scope.Scope>
    /** Asks one of those who respond to the subject. Requests are apart from what is published. */
    readonly request: (subject: string, data: string, timeout: Duration.Input) => Effect.Effect<string, RequestError>
    /** Answers requests, many at a time, until the scope closes. Of several responders one is asked. */
    readonly respond: <R = never>(
      subject: string,
      handler: (data: string) => Effect.Effect<string, never, R>,
      options?: HandlerOptions,
    ) => Effect.Effect<void, never, R | Scope.Scope>
    /** Ticks when this node was cut off and hears again: what was published meanwhile is lost to it. */
    readonly reconnected: Stream.Stream<void>
  }
>()("@biz1/server/bus/Bus") {
  static readonly layerInProcess = Layer.sync(this, () => {
    const subscribers = new SubjectMap<Deliver>()
    const responders = new Map<string, Array<Respond>>()

    return Bus.of({
      publish: (subject, data) =>
        Effect.sync(() => {
          mustBeSubject(subject)
          subscribers.match(subject, (deliver) => deliver(data, subject))
        }),

      subscribe: Effect.fnUntraced(function* (pattern, handler, options) {
        mustBePattern(pattern)
        const deliver = yield* subscriber(pattern, handler, options?.capacity ?? defaultCapacity.subscriber)
        subscribers.add(pattern, deliver)
        yield* Effect.addFinalizer(() => Effect.sync(() => subscribers.delete(pattern, deliver)))
      }),

      request: (subject, data, timeout) =>
        Effect.suspend((): Effect.Effect<string, RequestError> => {
          mustBeSubject(subject)
          const all = responders.get(subject)
          const respond = all?.shift()
          if (!all || !respond) return Effect.fail(new NoResponders({ subject }))
          all.push(respond) // the next request goes to the next one
          const answer = Deferred.makeUnsafe<string, RequestFailed>()
          respond(data, (given) => Deferred.doneUnsafe(answer, fromAnswer(subject, given)))
          return Effect.timeoutOrElse(Deferred.await(answer), {
            duration: timeout,
            orElse: () => Effect.fail(new RequestTimeout({ subject })),
          })
        }),

      respond: Effect.fnUntraced(function* (subject, handler, options) {
        mustBeSubject(subject)
        const respond = yield* responder(subject, handler, options?.capacity ?? defaultCapacity.responder)
        responders.set(subject, [...(responders.get(subject) ?? []), respond])
        yield* Effect.addFinalizer(() =>
          Effect.sync(() => {
            const others = responders.get(subject)!.filter((other) => other !== respond)
            if (others.length > 0) responders.set(subject, others)
            else responders.delete(subject)
          }),
        )
      }),

      reconnected: Stream.never,
    })
  })
}

export const defaultCapacity = { subscriber: 4_096, responder: 1_024 }

export const fromAnswer = (subject: string, answer: Answer): Effect.Effect<string, RequestFailed> =>
  "data" in answer ? Effect.succeed(answer.data) : Effect.fail(new RequestFailed({ subject, reason: answer.failure }))

/** A wrong subject is a mistake in the program, or an identifier that did not go through `token`. */
export const mustBeSubject = (subject: string): void => {
  if (!isSubject(subject)) throw new Error(`Not a subject: ${JSON.stringify(subject)}`)
}
export const mustBePattern = (pattern: string): void => {
  if (!isPattern(pattern)) throw new Error(`Not a subject pattern: ${JSON.stringify(pattern)}`)
}
