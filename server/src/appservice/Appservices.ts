/**
 * The application services of this server: those in files, which never change while it runs, and those that its
 * operators add and remove. All are in memory on every node, as each request and each event asks for them.
 */
import { Context, Effect, Layer, Result, Stream } from "effect"
import { PgClient } from "@effect/sql-pg"
import { Accounts } from "../auth/Accounts.ts"
import { Bus } from "../bus/Bus.ts"
import { ServerConfig } from "../config.ts"
import { appserviceOf, parseRegistration, tokenHashOf, type Appservice, type Registration } from "./Registration.ts"
import { readRegistrations, WrongRegistration } from "./registrationFiles.ts"

const changedSubject = "appservices.changed"

export interface Listed {
  readonly registration: Registration
  /** Those in files cannot be removed while the server runs. */
  readonly fromFile: boolean
}

export class Appservices extends Context.Service<
  Appservices,
  {
    readonly all: () => ReadonlyArray<Appservice>
    readonly byToken: (asToken: string) => Appservice | undefined
    readonly byId: (id: string) => Appservice | undefined
    readonly list: () => ReadonlyArray<Listed>
    /** Registers one, given as its registration file says it; its sentences are for the operator. */
    readonly add: (registration: unknown) => Effect.Effect<Registration, WrongRegistration>
    /** False where no such one was added. */
    readonly remove: (id: string) => Effect.Effect<boolean>
    /** Called after each change. */
    readonly onChange: (listener: () => void) => Effect.Effect<void>
  }
>()("@biz1/server/appservice/Appservices") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const bus = yield* Bus
      const accounts = yield* Accounts
      const config = yield* ServerConfig
      const listeners: Array<() => void> = []
      const fromFiles = yield* readRegistrations(config.appserviceRegistrations)
      let known = Known.none

      const ready = (listed: ReadonlyArray<Listed>) => Effect.fromResult(Known.of(listed, config.serverName))

      const stored = sql`SELECT registration FROM appservices ORDER BY id`.pipe(
        Effect.map((rows) =>
          rows.map((row): Listed => ({ registration: JSON.parse(String(row["registration"])), fromFile: false })),
        ),
        Effect.orDie,
      )
      const files = fromFiles.map(({ registration }): Listed => ({ registration, fromFile: true }))

      /** Its own user is there from the beginning, so that others can find and invite it. */
      const makeSenders = (services: ReadonlyArray<Appservice>) =>
        Effect.forEach(
          services,
          ({ id, sender }) =>
            accounts
              .create(sender, { password: undefined, guest: false, appservice: id })
              .pipe(Effect.catchTag("UserInUse", () => Effect.void)),
          { discard: true },
        )

      const load = Effect.gen(function* () {
        known = yield* ready([...files, ...(yield* stored)])
        for (const listener of listeners) listener()
      })
      yield* load
      yield* makeSenders(known.services)

      const reload = load.pipe(Effect.catch((error) => Effect.logError(error.message)))
      yield* bus.subscribe(changedSubject, () => reload)
      yield* Effect.forkScoped(Stream.runForEach(bus.reconnected, () => reload))
      const changed = Effect.andThen(reload, bus.publish(changedSubject, ""))

      const add = Effect.fnUntraced(function* (given: unknown) {
        const parsed = parseRegistration(given)
        if (Result.isFailure(parsed)) return yield* new WrongRegistration({ message: parsed.failure })
        const registration = parsed.success
        const next = yield* ready([...known.listed, { registration, fromFile: false }])
        const made = yield* sql`INSERT INTO appservices (id, registration)
          VALUES (${registration.id}, ${JSON.stringify(registration)}) ON CONFLICT DO NOTHING RETURNING id`.pipe(
          Effect.orDie,
        )
        if (made.length === 0) {
          return yield* new WrongRegistration({ message: `${registration.id} is being registered by somebody else` })
        }
        yield* makeSenders(next.services.slice(-1))
        yield* changed
        return registration
      }, Effect.uninterruptible)

      const remove = Effect.fnUntraced(function* (id: string) {
        const rows = yield* sql`WITH cursor AS (DELETE FROM appservice_cursors WHERE id = ${id}
            AND EXISTS (SELECT FROM appservices a WHERE a.id = ${id}))
          DELETE FROM appservices WHERE id = ${id} RETURNING id`.pipe(Effect.orDie)
        if (rows.length > 0) yield* changed
        return rows.length > 0
      }, Effect.uninterruptible)

      return Appservices.of({
        all: () => known.services,
        byToken: (token) => known.byToken(token),
        byId: (id) => known.services.find((service) => service.id === id),
        list: () => known.listed,
        add,
        remove,
        onChange: (listener) => Effect.sync(() => void listeners.push(listener)),
      })
    }),
  )
}

/** Registrations that agree with each other. */
class Known {
  readonly listed: ReadonlyArray<Listed>
  readonly services: ReadonlyArray<Appservice>
  readonly #byTokenHash: ReadonlyMap<string, Appservice>

  static readonly none = new Known([], [])

  private constructor(listed: ReadonlyArray<Listed>, services: ReadonlyArray<Appservice>) {
    this.listed = listed
    this.services = services
    this.#byTokenHash = new Map(services.map((service) => [service.asTokenHash, service]))
  }

  static of(
    listed: ReadonlyArray<Listed>,
    serverName: ServerConfig["Service"]["serverName"],
  ): Result.Result<Known, WrongRegistration> {
    const services: Array<Appservice> = []
    for (const { registration } of listed) {
      const service = appserviceOf(registration, serverName)
      const problem = Result.isFailure(service) ? service.failure : clash(service.success, services)
      if (problem !== undefined || Result.isFailure(service)) {
        const message = `The application service ${JSON.stringify(registration.id)} cannot be registered: ${problem}.`
        return Result.fail(new WrongRegistration({ message }))
      }
      services.push(service.success)
    }
    return Result.succeed(new Known(listed, services))
  }

  /** By hash, so that how long it takes tells nothing of the token. */
  byToken(token: string): Appservice | undefined {
    return this.services.length === 0 ? undefined : this.#byTokenHash.get(tokenHashOf(token))
  }
}

/** What a service may share with no other. */
const clash = (service: Appservice, others: ReadonlyArray<Appservice>): string | undefined => {
  for (const other of others) {
    if (other.id === service.id) return "another one has the same id"
    if (other.asTokenHash === service.asTokenHash) return `its as_token is the same as that of ${other.id}`
    if (other.sender === service.sender) return `its sender_localpart is the same as that of ${other.id}`
  }
  return undefined
}
