/**
 * The only actor there is: many of one kind, each alive while it is used. It takes what waits in its mailbox as one
 * batch, so that one commit serves many callers. A typed failure is an answer. A defect answers the callers in flight,
 * drops the memory and loads it again from the store; the rest of the mailbox waits, and no other actor notices.
 */
import { Cause, Clock, Deferred, Duration, Effect, Exit, FiberSet, Queue, Schedule, Schema } from "effect"

/** More waits than the actor may hold. The caller tries again later. */
export class MailboxFull extends Schema.TaggedError<MailboxFull>()("MailboxFull", { id: Schema.String }) {}

/** The actor fell over a request of this batch and starts afresh. What was asked may have happened: ask again. */
export class ActorRestarted extends Schema.TaggedError<ActorRestarted>()("ActorRestarted", {
  id: Schema.String,
  /** What it fell over. */
  defect: Schema.Unknown,
}) {}

export interface Options<Id extends string, State, Message, Reply, E, LoadError> {
  readonly name: string
  /** The state as the store has it: at the first message, and after each defect. A typed failure answers who waits. */
  readonly load: (id: Id) => Effect.Effect<State, LoadError>
  /** Answers each message of a batch in its place. The state may be changed in place: a defect drops it. */
  readonly handle: (
    id: Id,
    state: State,
    batch: ReadonlyArray<Message>,
  ) => Effect.Effect<ReadonlyArray<Exit.Exit<Reply, E>>>
  /** Messages that may wait. */
  readonly capacity?: number
  readonly maxBatch?: number
  /** An actor without messages for this long is put out of memory. */
  readonly idle?: Duration.Input
  readonly onRestart?: () => void
  /** What is part of its life and no fault, which the log need not show. */
  readonly isExpected?: (defect: unknown) => boolean
}

export interface Actors<Id extends string, Message, Reply, E> {
  readonly ask: (id: Id, message: Message) => Effect.Effect<Reply, E | MailboxFull | ActorRestarted>
  /** How many are in memory, and how many messages wait in them. */
  readonly load: () => { readonly alive: number; readonly waiting: number }
  /** Puts the idle ones out of memory; gives how many. Happens by itself, too. */
  readonly passivate: Effect.Effect<number>
}

interface Item<Message, Reply, E> {
  readonly message: Message
  readonly reply: Deferred.Deferred<Reply, E | ActorRestarted>
}
interface Cell<Message, Reply, E> {
  readonly mailbox: Queue.Queue<Item<Message, Reply, E>>
  lastUsedMs: number
  busy: boolean
}

export const make = Effect.fnUntraced(function* <Id extends string, State, Message, Reply, E, LoadError extends E>(
  options: Options<Id, State, Message, Reply, E, LoadError>,
) {
  const { capacity = 1024, maxBatch = 64, idle = "5 minutes" } = options
  const idleMs = Duration.toMillis(Duration.fromInputUnsafe(idle))
  const clock = yield* Clock.Clock
  const cells = new Map<Id, Cell<Message, Reply, E>>()
  const fork = yield* FiberSet.makeRuntime<never>()

  const answer = (items: ReadonlyArray<Item<Message, Reply, E>>, exit: Exit.Exit<Reply, E | ActorRestarted>) => {
    for (const { reply } of items) Deferred.doneUnsafe(reply, exit)
  }

  /** Loads and serves until it is interrupted or dies. */
  const life = (id: Id, cell: Cell<Message, Reply, E>) =>
    Effect.gen(function* () {
      const loaded = yield* Effect.exit(options.load(id))
      if (Exit.isFailure(loaded)) {
        // Whoever asks from now on gets a new actor; who waited for this one is answered before it goes.
        cells.delete(id)
        const waiting = yield* Effect.uninterruptible(Queue.clear(cell.mailbox))
        if (Cause.hasDies(loaded.cause)) {
          yield* Effect.logError(`${options.name} cannot be loaded`, loaded.cause).pipe(Effect.annotateLogs({ id }))
          answer(waiting, Exit.fail(new ActorRestarted({ id, defect: Cause.squash(loaded.cause) })))
        } else answer(waiting, Exit.failCause(loaded.cause))
        return yield* Effect.interrupt
      }
      const state = loaded.value
      while (true) {
        const batch = yield* Queue.takeBetween(cell.mailbox, 1, maxBatch)
        cell.busy = true
        const exits = yield* options
          .handle(
            id,
            state,
            batch.map(({ message }) => message),
          )
          .pipe(
            Effect.onError((cause) =>
              Effect.sync(() => answer(batch, Exit.fail(new ActorRestarted({ id, defect: Cause.squash(cause) })))),
            ),
          )
        for (const [index, { reply }] of batch.entries()) Deferred.doneUnsafe(reply, exits[index]!)
        cell.busy = false
        cell.lastUsedMs = clock.currentTimeMillisUnsafe()
      }
    })

  const supervised = (id: Id, cell: Cell<Message, Reply, E>) =>
    life(id, cell).pipe(
      Effect.tapCause((cause) => {
        if (Cause.hasInterruptsOnly(cause)) return Effect.void
        cell.busy = false
        options.onRestart?.()
        if (options.isExpected?.(Cause.squash(cause)) === true) return Effect.void
        return Effect.logError(`${options.name} restarts`, cause).pipe(Effect.annotateLogs({ id }))
      }),
      Effect.sandbox,
      Effect.retry({
        schedule: Schedule.min([Schedule.exponential("10 millis"), Schedule.spaced("5 seconds")]),
        while: (cause) => !Cause.hasInterruptsOnly(cause),
      }),
      Effect.ignore,
    )

  const spawn = (id: Id, mailbox: Cell<Message, Reply, E>["mailbox"]) => {
    const cell: Cell<Message, Reply, E> = { mailbox, lastUsedMs: clock.currentTimeMillisUnsafe(), busy: false }
    cells.set(id, cell)
    fork(supervised(id, cell))
    return cell
  }

  const post = (id: Id, cell: Cell<Message, Reply, E>, message: Message) => {
    const reply = Deferred.makeUnsafe<Reply, E | ActorRestarted>()
    const posted = Queue.offerUnsafe(cell.mailbox, { message, reply })
    return posted ? Deferred.await(reply) : Effect.fail<E | MailboxFull | ActorRestarted>(new MailboxFull({ id }))
  }

  const ask = (id: Id, message: Message): Effect.Effect<Reply, E | MailboxFull | ActorRestarted> =>
    Effect.suspend(() => {
      const cell = cells.get(id)
      if (cell !== undefined) return post(id, cell, message)
      return Effect.flatMap(Queue.make<Item<Message, Reply, E>>({ capacity, strategy: "dropping" }), (mailbox) =>
        post(id, cells.get(id) ?? spawn(id, mailbox), message),
      )
    })

  // All in one synchronous turn, so that no message slips in between. Without its mailbox an actor ends by itself;
  // whoever asks from now on gets another one, whether or not the old one has ended by then.
  const passivate = Effect.sync(() => {
    const now = clock.currentTimeMillisUnsafe()
    let removed = 0
    for (const [id, { busy, lastUsedMs, mailbox }] of cells) {
      if (busy || now - lastUsedMs < idleMs || Queue.sizeUnsafe(mailbox) > 0) continue
      cells.delete(id)
      Queue.shutdownUnsafe(mailbox)
      removed++
    }
    return removed
  })
  yield* passivate.pipe(Effect.repeat(Schedule.spaced("15 seconds")), Effect.forkScoped)

  const load = () => {
    let waiting = 0
    for (const { mailbox } of cells.values()) waiting += Queue.sizeUnsafe(mailbox)
    return { alive: cells.size, waiting }
  }
  return { ask, load, passivate } satisfies Actors<Id, Message, Reply, E>
})
