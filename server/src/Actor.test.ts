import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Latch, ManagedRuntime, Schema, Scope } from "effect"
import { TestClock } from "effect/testing"
import fc from "fast-check"
import * as Actor from "./Actor.ts"

class Refused extends Schema.TaggedError<Refused>()("Refused", {}) {}
class Unreadable extends Schema.TaggedError<Unreadable>()("Unreadable", {}) {}

/** A number is kept; the others are what can go wrong with a request. */
type Message = number | "refuse" | "fall"
type Outcome = Exit.Exit<number, Refused | Unreadable | Actor.MailboxFull | Actor.ActorRestarted>

/** Lists of numbers, each kept by an actor: a number's answer is its place in the list. */
const makeLists = Effect.fnUntraced(function* (
  options: Pick<Actor.Options<string, never, never, never, never, never>, "capacity" | "maxBatch" | "idle"> = {},
) {
  const scope = yield* Effect.scope
  const stored = new Map<string, ReadonlyArray<number>>()
  const batches: Array<readonly [id: string, batch: ReadonlyArray<Message>]> = []
  const loads: Array<string> = []
  const restarts = { count: 0 }
  const loading: { next: Effect.Effect<void, Unreadable> } = { next: Effect.void }
  const gate = yield* Latch.make(true)
  /** Open while no batch waits before the gate. */
  const stopped = yield* Latch.make(false)

  const load = Effect.fnUntraced(function* (id: string) {
    loads.push(id)
    yield* Effect.suspend(() => loading.next)
    return [...(stored.get(id) ?? [])]
  })
  const handle = Effect.fnUntraced(function* (id: string, list: Array<number>, batch: ReadonlyArray<Message>) {
    batches.push([id, batch])
    yield* stopped.open
    yield* gate.await
    const exits = batch.map((message): Exit.Exit<number, Refused> => {
      if (message === "refuse") return Exit.fail(new Refused())
      if (message === "fall") throw new Error("a bug")
      return Exit.succeed(list.push(message))
    })
    stored.set(id, [...list])
    return exits
  })
  const actors = yield* Actor.make<string, Array<number>, Message, number, Refused | Unreadable, Unreadable>({
    name: "list",
    load,
    handle,
    onRestart: () => restarts.count++,
    ...options,
  })

  /** Asks one after the other without waiting for answers. */
  const askAll = (id: string, messages: ReadonlyArray<Message>) =>
    Effect.forEach(messages, (message) =>
      actors.ask(id, message).pipe(Effect.exit, Effect.forkIn(scope, { startImmediately: true })),
    )
  /** The same while the actor is in the middle of a batch of `first` alone: the others wait in the mailbox. */
  const askDuring = Effect.fnUntraced(function* (id: string, first: Message, others: ReadonlyArray<Message>) {
    yield* gate.close
    yield* stopped.close
    const asked = yield* askAll(id, [first])
    yield* stopped.await
    return [...asked, ...(yield* askAll(id, others))]
  })
  return { ...actors, stored, batches, loads, loading, restarts, gate, askAll, askDuring }
})

const outcomes = (fibers: ReadonlyArray<Fiber.Fiber<Outcome>>) =>
  Effect.map(Effect.forEach(fibers, Fiber.join), (all) => all.map(named))

const areAnswered = (fibers: ReadonlyArray<Fiber.Fiber<Outcome>>) =>
  fibers.every((fiber) => fiber.pollUnsafe() !== undefined)

/** An answer, or what the failure is called. */
const named = (outcome: Outcome): number | string =>
  Exit.isSuccess(outcome)
    ? outcome.value
    : ((Cause.squash(outcome.cause) as { readonly _tag?: string })._tag ?? "defect")

describe("a batch", () => {
  it.effect("is what waits, in the order of asking", () =>
    Effect.gen(function* () {
      const lists = yield* makeLists()
      const asked = yield* lists.askDuring("a", 10, [20, 30, 40])
      yield* lists.gate.open
      assert.deepStrictEqual(yield* outcomes(asked), [1, 2, 3, 4])
      assert.deepStrictEqual(lists.batches, [
        ["a", [10]],
        ["a", [20, 30, 40]],
      ])
      assert.deepStrictEqual(lists.stored.get("a"), [10, 20, 30, 40])
    }),
  )

  it.effect("is no larger than it may be", () =>
    Effect.gen(function* () {
      const lists = yield* makeLists({ maxBatch: 2 })
      const asked = yield* lists.askDuring("a", 10, [20, 30, 40])
      yield* lists.gate.open
      assert.deepStrictEqual(yield* outcomes(asked), [1, 2, 3, 4])
      assert.deepStrictEqual(lists.batches, [
        ["a", [10]],
        ["a", [20, 30]],
        ["a", [40]],
      ])
    }),
  )

  it.effect("goes on past a refusal, which is an answer like any other", () =>
    Effect.gen(function* () {
      const lists = yield* makeLists()
      const asked = yield* lists.askDuring("a", 10, [20, "refuse", 30])
      yield* lists.gate.open
      assert.deepStrictEqual(yield* outcomes(asked), [1, 2, "Refused", 3])
      assert.deepStrictEqual(lists.loads, ["a"])
    }),
  )

  it.effect("is finished for a caller who no longer waits", () =>
    Effect.gen(function* () {
      const lists = yield* makeLists()
      const [first, second] = yield* lists.askDuring("a", 10, [20])
      yield* Fiber.interrupt(first!)
      yield* lists.gate.open
      assert.deepStrictEqual(yield* outcomes([second!]), [2])
      assert.deepStrictEqual(lists.stored.get("a"), [10, 20])
    }),
  )
})

describe("a defect", () => {
  it.effect("answers those in flight, forgets what they did, and lets the others wait for a fresh start", () =>
    Effect.gen(function* () {
      const lists = yield* makeLists({ maxBatch: 3 })
      const asked = yield* lists.askDuring("a", 10, [20, "fall", 30, 40, 50])
      yield* lists.gate.open
      assert.deepStrictEqual(yield* outcomes(asked.slice(0, 4)), [
        1,
        "ActorRestarted",
        "ActorRestarted",
        "ActorRestarted",
      ])
      assert.deepStrictEqual(lists.loads, ["a"])
      assert.deepStrictEqual(lists.load(), { alive: 1, waiting: 2 })

      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* outcomes(asked.slice(4)), [2, 3])
      assert.deepStrictEqual(lists.loads, ["a", "a"])
      assert.deepStrictEqual(lists.stored.get("a"), [10, 40, 50])
      assert.strictEqual(lists.restarts.count, 1)
    }),
  )

  it.effect("is noticed by no other actor", () =>
    Effect.gen(function* () {
      const lists = yield* makeLists()
      assert.strictEqual(yield* lists.ask("b", 10), 1)
      const fallen = yield* lists.askAll("a", ["fall"])
      assert.deepStrictEqual(yield* outcomes(fallen), ["ActorRestarted"])
      // The clock stands: the fallen one waits for its next start, the other answers.
      assert.strictEqual(yield* lists.ask("b", 20), 2)
      assert.deepStrictEqual(lists.loads, ["b", "a"])
    }),
  )

  it.effect("of every request keeps the actor from busy restarts, and from dying", () =>
    Effect.gen(function* () {
      const lists = yield* makeLists()
      for (let fall = 1; fall <= 20; fall++) {
        const fallen = yield* lists.askAll("a", ["fall"])
        yield* TestClock.adjust("5 seconds")
        assert.deepStrictEqual(yield* outcomes(fallen), ["ActorRestarted"])
      }
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* lists.ask("a", 10), 1)
      assert.strictEqual(lists.restarts.count, 20)
    }),
  )
})

describe("a load", () => {
  const failures = [
    ["that fails", Effect.fail(new Unreadable()), "Unreadable"],
    ["that falls over", Effect.die(new Error("a bug")), "ActorRestarted"],
  ] as const
  for (const [how, failure, answer] of failures) {
    it.effect(`${how} answers all who wait; whoever asks next is served by a new actor`, () =>
      Effect.gen(function* () {
        const lists = yield* makeLists()
        const held = yield* Latch.make(false)
        lists.loading.next = Effect.andThen(held.await, failure)
        const asked = yield* lists.askAll("a", [10, 20, 30])
        assert.deepStrictEqual(lists.load(), { alive: 1, waiting: 3 })
        yield* held.open
        assert.deepStrictEqual(yield* outcomes(asked), [answer, answer, answer])
        assert.deepStrictEqual(lists.load(), { alive: 0, waiting: 0 })

        lists.loading.next = Effect.void
        assert.strictEqual(yield* lists.ask("a", 40), 1)
        assert.deepStrictEqual(lists.stored.get("a"), [40])
      }),
    )
  }

  it.effect("that fails after a defect answers all who wait", () =>
    Effect.gen(function* () {
      const lists = yield* makeLists({ maxBatch: 1 })
      const asked = yield* lists.askDuring("a", "fall", [10, 20])
      lists.loading.next = Effect.fail(new Unreadable())
      yield* lists.gate.open
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* outcomes(asked), ["ActorRestarted", "Unreadable", "Unreadable"])
    }),
  )
})

it.effect("a full mailbox refuses at once and serves those whom it holds", () =>
  Effect.gen(function* () {
    const lists = yield* makeLists({ capacity: 2 })
    const asked = yield* lists.askDuring("a", 10, [20, 30, 40])
    assert.deepStrictEqual(yield* outcomes(asked.slice(3)), ["MailboxFull"])
    assert.strictEqual(lists.load().waiting, 2)
    const elsewhere = yield* lists.askAll("b", [10])
    yield* lists.gate.open
    assert.deepStrictEqual(yield* outcomes(asked.slice(0, 3)), [1, 2, 3])
    assert.deepStrictEqual(yield* outcomes(elsewhere), [1])
    assert.strictEqual(yield* lists.ask("a", 50), 4)
  }),
)

describe("passivation", () => {
  it.effect("puts out of memory by itself what was idle, and nothing else", () =>
    Effect.gen(function* () {
      const lists = yield* makeLists({ idle: "1 minute" })
      yield* lists.ask("idle", 10)
      yield* lists.ask("used", 10)
      const inFlight = yield* lists.askDuring("busy", 10, [])
      yield* TestClock.adjust("50 seconds")
      const waiting = yield* lists.askAll("used", [20])
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(lists.load().alive, 2)

      yield* lists.gate.open
      assert.deepStrictEqual(yield* outcomes([...inFlight, ...waiting]), [1, 2])
      assert.strictEqual(yield* lists.ask("idle", 20), 2)
      assert.deepStrictEqual(lists.loads, ["idle", "used", "busy", "idle"])
    }),
  )

  it.effect("loses no message of those who ask meanwhile", () =>
    Effect.gen(function* () {
      const lists = yield* makeLists({ idle: "10 seconds" })
      const ids = Array.from({ length: 3000 }, (_, i) => `list ${i}`)
      yield* Effect.forEach(ids, (id) => lists.ask(id, 10))
      yield* TestClock.adjust("12 seconds") // idle, and before the next round by itself
      const passivating = yield* Effect.forkChild(lists.passivate, { startImmediately: true })
      for (const place of [2, 3]) {
        const asked = yield* Effect.forEach(ids, (id) => lists.askAll(id, [place]), { concurrency: "unbounded" })
        yield* TestClock.adjust("1 second")
        assert.isTrue(asked.every(areAnswered))
        assert.isTrue((yield* outcomes(asked.flat())).every((answer) => answer === place))
      }
      assert.strictEqual(yield* Fiber.join(passivating), ids.length)
      assert.strictEqual(lists.load().alive, ids.length)
    }),
  )
})

it.effect("ten thousand are alive at once", () =>
  Effect.gen(function* () {
    const lists = yield* makeLists()
    const ids = Array.from({ length: 10_000 }, (_, i) => `list ${i}`)
    for (const place of [1, 2]) {
      const places = yield* Effect.forEach(ids, (id) => lists.ask(id, place), { concurrency: "unbounded" })
      assert.isTrue(places.every((each) => each === place))
    }
    assert.deepStrictEqual(lists.load(), { alive: 10_000, waiting: 0 })
    yield* TestClock.adjust("6 minutes")
    assert.deepStrictEqual(lists.load(), { alive: 0, waiting: 0 })
  }),
)

/** What must hold after any sequence of commands: the lists in the store, and that nobody waits. */
type Model = Map<string, ReadonlyArray<number>>

interface Real {
  readonly lists: Effect.Success<ReturnType<typeof makeLists>>
  readonly run: <A>(effect: Effect.Effect<A>) => Promise<A>
}

/** Asks all at once, and everyone is answered: with the place in the list, or a failure that left nothing behind. */
class Ask implements fc.AsyncCommand<Model, Real> {
  readonly id: string
  readonly messages: ReadonlyArray<Message>
  constructor(id: string, messages: ReadonlyArray<Message>) {
    this.id = id
    this.messages = messages
  }
  check = () => true
  async run(model: Model, { lists, run }: Real) {
    const fibers = await run(lists.askAll(this.id, this.messages))
    await run(TestClock.adjust("1 minute"))
    assert.isTrue(
      fibers.every((fiber) => fiber.pollUnsafe() !== undefined),
      "somebody waits",
    )
    const answers = await run(outcomes(fibers))
    const list = [...(model.get(this.id) ?? [])]
    for (const [index, answer] of answers.entries()) {
      const message = this.messages[index]!
      if (message === "refuse") assert.include(["Refused", "ActorRestarted"], answer)
      else if (message === "fall") assert.strictEqual(answer, "ActorRestarted")
      else if (answer !== "ActorRestarted") assert.strictEqual(answer, list.push(message))
      else assert.include(this.messages, "fall")
    }
    model.set(this.id, list)
    assert.deepStrictEqual(lists.stored.get(this.id) ?? [], list)
  }
  toString = () => `ask ${this.id} ${JSON.stringify(this.messages)}`
}

class Rest implements fc.AsyncCommand<Model, Real> {
  readonly minutes: number
  constructor(minutes: number) {
    this.minutes = minutes
  }
  check = () => true
  run = (_: Model, { run }: Real) => run(TestClock.adjust(`${this.minutes} minutes`))
  toString = () => `rest ${this.minutes} minutes`
}

class Passivate implements fc.AsyncCommand<Model, Real> {
  check = () => true
  run = async (_: Model, { lists, run }: Real) => void (await run(lists.passivate))
  toString = () => "passivate"
}

it("keeps what it answered, and answers everyone, through falls and rests", async () => {
  const message = fc.oneof({ weight: 6, arbitrary: fc.nat(9) }, fc.constantFrom("refuse", "fall"))
  const commands = fc.commands([
    fc
      .tuple(fc.constantFrom("a", "b"), fc.array(message, { minLength: 1, maxLength: 7 }))
      .map(([id, messages]) => new Ask(id, messages)),
    fc.constantFrom(1, 10).map((minutes) => new Rest(minutes)),
    fc.constant(new Passivate()),
  ])
  const property = fc.asyncProperty(commands, fc.integer({ min: 1, max: 4 }), async (commands, maxBatch) => {
    const runtime = ManagedRuntime.make(TestClock.layer())
    const run = <A>(effect: Effect.Effect<A>) => runtime.runPromise(effect)
    const scope = Scope.makeUnsafe()
    const lists = await run(makeLists({ maxBatch }).pipe(Scope.provide(scope)))
    await fc.asyncModelRun(() => ({ model: new Map(), real: { lists, run } }), commands)
    assert.strictEqual(lists.load().waiting, 0)
    await run(Scope.close(scope, Exit.void))
    await runtime.dispose()
  })
  await fc.assert(property)
})
