/**
 * The bus between nodes, on a NATS server and nothing but its core: no streams, no stored messages. The first
 * connection must succeed; from then on a lost one is made again for ever, and subscriptions outlive it.
 */
import {
  connect,
  headers,
  type Msg,
  NoRespondersError,
  RequestError as NatsRequestError,
  TimeoutError,
} from "@nats-io/transport-node"
import { Duration, Effect, Layer, PubSub, Schema, Stream } from "effect"
import {
  Bus,
  defaultCapacity,
  mustBePattern,
  mustBeSubject,
  NoResponders,
  RequestFailed,
  RequestTimeout,
} from "./Bus.ts"
import { type Answer, responder, subscriber } from "./handlers.ts"

/** The first connection failed: the address, the credentials or the server is wrong, and the operator can tell which. */
export class NatsUnreachable extends Schema.TaggedError<NatsUnreachable>()("NatsUnreachable", {
  message: Schema.String,
}) {}

export interface NatsOptions {
  /** `nats://host:4222`, several with commas between; `tls://` to encrypt, `user:password@` or `token@` to log in. */
  readonly url: string
  /** First token of every subject, so that systems can share a server. */
  readonly prefix?: string
}

/** Sent, and not yet known to be read by the server. Past it publications are lost rather than kept in memory. */
const maxUnreadBytes = 32 * 1024 * 1024
/** How often the server is asked whether it has read. */
const checkpointBytes = 1024 * 1024

/** On a reply: the responder could not answer, and the body says why. */
const failureHeader = "Biz1-Failure"

const make = Effect.fnUntraced(function* (options: NatsOptions) {
  const published = `${options.prefix ?? "biz1"}.published.`
  const requested = `${options.prefix ?? "biz1"}.requested.`
  const { servers, shown, ...credentials } = yield* parseUrl(options.url)

  const connection = yield* Effect.acquireRelease(
    Effect.tryPromise({
      try: () =>
        connect({
          ...credentials,
          servers,
          name: options.prefix ?? "biz1",
          timeout: 5_000,
          maxReconnectAttempts: -1,
          reconnectTimeWait: 250,
          // A server that answers no ping for 20 s is taken for gone.
          pingInterval: 10_000,
          maxPingOut: 2,
          // Wrong credentials while the operator rotates them are no reason to give up.
          ignoreAuthErrorAbort: true,
          noAsyncTraces: true,
        }),
      catch: (error) =>
        new NatsUnreachable({
          message: `No NATS server could be reached at ${shown}: ${messageOf(error)}. Start it or correct its address; without one, a single node needs none.`,
        }),
    }),
    (connection) =>
      Effect.tryPromise(() => connection.drain()).pipe(
        Effect.interruptible,
        Effect.timeout("5 seconds"),
        Effect.ignore,
        Effect.andThen(Effect.promise(() => connection.close())),
      ),
  )
  const run = Effect.runForkWith(yield* Effect.context())
  const reconnected = yield* PubSub.sliding<void>(1)

  // --- what we send: nothing is kept for a server that is away or does not read ---
  let away = false
  let unreadBytes = 0
  let uncheckedBytes = 0
  let lost = 0

  const admits = (bytes: number): boolean => {
    if (away || unreadBytes > maxUnreadBytes) return false
    unreadBytes += bytes
    uncheckedBytes += bytes
    if (uncheckedBytes >= checkpointBytes) {
      const checked = uncheckedBytes
      uncheckedBytes = 0
      // Also when it fails: the connection is gone then, and what waited for it.
      const done = () => {
        unreadBytes -= checked
        if (!away) reportLost()
      }
      connection.flush().then(done, done)
    }
    return true
  }
  const lose = (subject: string, reason: string) => {
    if (lost++ === 0) run(Effect.logWarning("publications are lost").pipe(Effect.annotateLogs({ subject, reason })))
  }
  const reportLost = () => {
    if (lost > 0) run(Effect.logWarning("publications were lost").pipe(Effect.annotateLogs({ lost })))
    lost = 0
  }

  const onStatus = Effect.fnUntraced(function* (status: { readonly type: string; readonly error?: Error }) {
    switch (status.type) {
      case "disconnect":
        away = true
        return yield* Effect.logWarning("NATS is away, reconnecting")
      case "reconnect": {
        away = false
        reportLost()
        // Only when the server has taken up our subscriptions may readers catch up: what they miss comes to us.
        run(
          Effect.tryPromise(() => connection.flush()).pipe(
            Effect.andThen(PubSub.publish(reconnected, undefined)),
            Effect.andThen(Effect.logInfo("NATS is back")),
            Effect.ignore,
          ),
        )
        return
      }
      case "error":
        return yield* Effect.logError("NATS reports an error", status.error)
    }
  })
  yield* Stream.fromAsyncIterable(connection.status(), (error) => error).pipe(
    Stream.runForEach(onStatus),
    Effect.ignore({ log: true }),
    Effect.forkScoped,
  )

  /** Returns when the server has taken it up. While it is away there is nothing to wait for: a reconnect repeats all. */
  const listen = (subject: string, queue: string | undefined, onMessage: (message: Msg) => void) =>
    Effect.acquireRelease(
      Effect.sync(() =>
        connection.subscribe(subject, {
          ...(queue === undefined ? {} : { queue }),
          callback: (error, message) => {
            if (error) run(Effect.logError("a subscription ended", error).pipe(Effect.annotateLogs({ subject })))
            else onMessage(message)
          },
        }),
      ),
      (subscription) => Effect.sync(() => subscription.unsubscribe()),
    ).pipe(
      Effect.andThen(
        Effect.suspend(() => (away ? Effect.void : Effect.ignore(Effect.tryPromise(() => connection.flush())))),
      ),
    )

  const reply = (message: Msg, answer: Answer): void => {
    const failed = headers()
    if ("failure" in answer) failed.set(failureHeader, "1")
    try {
      if ("data" in answer) message.respond(answer.data)
      else message.respond(answer.failure, { headers: failed })
    } catch (error) {
      if ("data" in answer && !connection.isClosed()) reply(message, { failure: messageOf(error) })
    }
  }

  return Bus.of({
    publish: (subject, data) =>
      Effect.sync(() => {
        mustBeSubject(subject)
        if (!admits(data.length)) return lose(subject, away ? "NATS is away" : "NATS does not keep up")
        try {
          connection.publish(published + subject, data)
        } catch (error) {
          lose(subject, messageOf(error))
        }
      }),

    subscribe: Effect.fnUntraced(function* (pattern, handler, options) {
      mustBePattern(pattern)
      const deliver = yield* subscriber(pattern, handler, options?.capacity ?? defaultCapacity.subscriber)
      yield* listen(published + pattern, undefined, (message) =>
        deliver(message.string(), message.subject.slice(published.length)),
      )
    }),

    request: (subject, data, timeout) =>
      Effect.suspend(() => {
        mustBeSubject(subject)
        if (!admits(data.length)) return Effect.fail(new RequestFailed({ subject, reason: "NATS is away" }))
        return Effect.tryPromise({
          try: () =>
            connection.request(requested + subject, data, {
              timeout: Math.max(1, Duration.toMillis(timeout)),
            }),
          catch: (error) => {
            if (error instanceof TimeoutError) return new RequestTimeout({ subject })
            const cause = error instanceof NatsRequestError ? error.cause : error
            if (cause instanceof NoRespondersError) return new NoResponders({ subject })
            return new RequestFailed({ subject, reason: messageOf(error) })
          },
        })
      }).pipe(
        Effect.flatMap((message) =>
          message.headers?.has(failureHeader)
            ? Effect.fail(new RequestFailed({ subject, reason: message.string() }))
            : Effect.succeed(message.string()),
        ),
      ),

    respond: Effect.fnUntraced(function* (subject, handler, options) {
      mustBeSubject(subject)
      const respond = yield* responder(subject, handler, options?.capacity ?? defaultCapacity.responder)
      yield* listen(requested + subject, "responders", (message) =>
        respond(message.string(), (answer) => reply(message, answer)),
      )
    }),

    reconnected: Stream.fromPubSub(reconnected),
  })
})

/** The bus on the NATS server at `url`. */
export const layerNats = (options: NatsOptions): Layer.Layer<Bus, NatsUnreachable> => Layer.effect(Bus, make(options))

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** NATS takes credentials beside its addresses; operators write them inside, as in any other URL. */
const parseUrl = (text: string) =>
  Effect.try({
    try: () => {
      const urls = text.split(",").map((part) => new URL(part.includes("://") ? part.trim() : `nats://${part.trim()}`))
      const servers = urls.map((url) => `${url.hostname}:${url.port || "4222"}`)
      const [user, pass] = [decodeURIComponent(urls[0]!.username), decodeURIComponent(urls[0]!.password)]
      return {
        servers,
        shown: servers.join(", "),
        ...(pass === "" ? (user === "" ? {} : { token: user }) : { user, pass }),
        ...(urls.some((url) => url.protocol === "tls:") ? { tls: {} } : {}),
      }
    },
    catch: () =>
      new NatsUnreachable({
        message: "The address of NATS is not a URL: write it as nats://host:4222.",
      }),
  })
