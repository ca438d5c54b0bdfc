/** Who reads what is written here, and whether more do than when the reader last wrote. */
import type { Person } from "../client/model.ts"

/** Of larger conversations nobody knows each reader, so nothing is said of new ones. */
const mostKnown = 200

/** Those who read now and did not when this was last written to. Before that nobody is new. */
export const newReaders = <A extends Person>(now: ReadonlyArray<A>, known: ReadonlyArray<string> | undefined) =>
  known === undefined || now.length > mostKnown ? [] : now.filter(({ id }) => !known.includes(id))

const key = "biz1.audiences"

type Kept = Readonly<Record<string, ReadonlyArray<string>>>
const read = () => JSON.parse(localStorage.getItem(key) ?? "{}") as Kept

export const knownReaders = (roomId: string): ReadonlyArray<string> | undefined => read()[roomId]

export const rememberReaders = (roomId: string, readers: ReadonlyArray<Person>) => {
  if (readers.length > mostKnown) return
  localStorage.setItem(key, JSON.stringify({ ...read(), [roomId]: readers.map(({ id }) => id) }))
}

export const forgetReaders = () => localStorage.removeItem(key)
