/** Where the next page of a list begins. */
import { Effect } from "effect"
import { InvalidParam } from "@biz1/protocol/errors"

/** A page that is full may have one behind it. */
export const continued = <A>(page: ReadonlyArray<A>, limit: number, place: (last: A) => string | number) => {
  const last = page.at(-1)
  return last === undefined || page.length < limit ? {} : { next_from: String(place(last)) }
}

/** The place in a list that goes down by number; its top where none is given. */
export const numberBefore = (from: string | undefined) =>
  from === undefined
    ? Effect.succeed(Number.MAX_SAFE_INTEGER)
    : /^\d{1,15}$/.test(from)
      ? Effect.succeed(Number(from))
      : Effect.fail(new InvalidParam({ error: "from is what next_from of the page before said" }))
