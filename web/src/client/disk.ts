/** What this browser keeps until it is sent: drafts, and messages on their way. Without IndexedDB nothing is kept. */
import { type DBSchema, type IDBPDatabase, openDB } from "idb"
import type { Draft, Kept } from "../composer/draft.ts"

interface Disk extends DBSchema {
  readonly drafts: { readonly key: string; readonly value: Draft }
  readonly outgoing: { readonly key: string; readonly value: Kept }
}
type Part = "drafts" | "outgoing"

let opened: Promise<IDBPDatabase<Disk> | undefined> | undefined

const open = () =>
  (opened ??= openDB<Disk>("biz1.client", 1, {
    upgrade: (database) => {
      database.createObjectStore("drafts")
      database.createObjectStore("outgoing")
    },
  }).catch(() => undefined))

/** Never fails: whatever cannot be kept is there for as long as the page is. */
const attempt = async <A>(work: (database: IDBPDatabase<Disk>) => Promise<A>): Promise<A | undefined> => {
  const database = await open()
  return database && (await work(database).catch(() => undefined))
}

export const keep = <Name extends Part>(part: Name, key: string, value: Disk[Name]["value"]) =>
  attempt((database) => database.put(part, value, key))

export const forget = (part: Part, key: string) => attempt((database) => database.delete(part, key))

export const kept = async <Name extends Part>(part: Name): Promise<ReadonlyArray<[string, Disk[Name]["value"]]>> =>
  (await attempt(async (database) => {
    const [keys, values] = await Promise.all([database.getAllKeys(part), database.getAll(part)])
    return values.map((value, index): [string, Disk[Name]["value"]] => [String(keys[index]), value])
  })) ?? []

/** Of everyone: another person may sign in to this browser next. */
export const forgetAll = () =>
  attempt((database) => Promise.all([database.clear("drafts"), database.clear("outgoing")]))
