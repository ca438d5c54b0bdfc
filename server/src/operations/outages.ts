/**
 * Telling outages once. What works in the background is tried again for ever, and every try fails while PostgreSQL is
 * away: the log has one line when it goes and one when it is back, whatever was waiting for it.
 */
import { Cause, Effect } from "effect"

/** One for the process: there is one database. */
let databaseIsAway = false

/** Whether something failed because PostgreSQL does not answer, and not because of what it was asked. */
export const isDatabaseAway = (cause: Cause.Cause<unknown>): boolean => {
  const error = Cause.squash(cause)
  return (
    error instanceof Error &&
    "reason" in error &&
    typeof error.reason === "object" &&
    error.reason !== null &&
    "_tag" in error.reason &&
    error.reason._tag === "ConnectionError"
  )
}

export const databaseAway = Effect.suspend(() => {
  if (databaseIsAway) return Effect.void
  databaseIsAway = true
  return Effect.logError("PostgreSQL does not answer: requests fail and work waits until it is back")
})

const databaseBack = Effect.suspend(() => {
  if (!databaseIsAway) return Effect.void
  databaseIsAway = false
  return Effect.logWarning("PostgreSQL is back")
})

/** Work that is repeated and never gives up. What stops it is told once, and once when it goes on. */
export const patiently = (what: string) => {
  let failing = false
  return <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<void, never, R> =>
    Effect.matchCauseEffect(work, {
      onSuccess: () => {
        const was = failing
        failing = false
        return Effect.andThen(databaseBack, was ? Effect.logWarning(`can ${what} again`) : Effect.void)
      },
      onFailure: (cause) => {
        if (Cause.hasInterruptsOnly(cause)) return Effect.void
        if (isDatabaseAway(cause)) return databaseAway
        if (failing) return Effect.void
        failing = true
        return Effect.logWarning(`cannot ${what}, trying again`, cause)
      },
    })
}
