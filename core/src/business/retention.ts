/**
 * How long what was said is kept, and what must not go however old it is: the rules that decide it, apart from where
 * anything stands. What is not decided here is kept for ever.
 */
import type { RecordKey } from "./links.ts"

/** What somebody has to find as it was: everything to do with a customer, a record, a room, or what a user wrote. */
export interface Hold {
  readonly id: string
  readonly subject: HoldSubject
}
export type HoldSubject =
  | { readonly customer: string }
  | { readonly user: string }
  | { readonly record: RecordKey }
  | { readonly room: string }

/** What an event has to do with. */
export interface Matter {
  /** Its own room, and the main room where that is a lane. */
  readonly rooms: ReadonlyArray<string>
  /** Who wrote it; on membership also whom it is about. */
  readonly users: ReadonlyArray<string>
  /** What it was about when it was said, and what its conversation is about now. */
  readonly records: ReadonlyArray<RecordKey>
  /** Whose these records are, who wrote it, and who wants something in it, by the names that customers have now. */
  readonly customers: ReadonlyArray<string>
}

const covers = (subject: HoldSubject, { rooms, users, records, customers }: Matter): boolean => {
  if ("customer" in subject) return customers.includes(subject.customer)
  if ("user" in subject) return users.includes(subject.user)
  if ("room" in subject) return rooms.includes(subject.room)
  const { type, id } = subject.record
  return records.some((record) => record.type === type && record.id === id)
}

/** The holds that keep it. With one of them its content stays in the store, whoever wants it gone. */
export const holdsOn = (holds: ReadonlyArray<Hold>, matter: Matter): ReadonlyArray<string> =>
  holds.filter(({ subject }) => covers(subject, matter)).map(({ id }) => id)

/** Which conversations a policy is for; all that it names must fit. */
export interface Scope {
  readonly kind?: string | undefined
  readonly queue?: string | undefined
  readonly recordType?: string | undefined
}

export interface Policy {
  readonly id: string
  readonly scope: Scope
  /** An ISO 8601 period of years, months and days: `P7Y`. */
  readonly keep: string
  /** `redact`: what was said and its files go. `purge`: the files alone. */
  readonly then: "redact" | "purge"
}

/** A conversation as far as policies go. */
export interface Kept {
  readonly kind: string
  readonly queue?: string | undefined
  readonly recordTypes: ReadonlyArray<string>
}

const isFor = ({ kind, queue, recordType }: Scope, kept: Kept): boolean =>
  (kind === undefined || kind === kept.kind) &&
  (queue === undefined || queue === kept.queue) &&
  (recordType === undefined || kept.recordTypes.includes(recordType))

const period = /^P(?=\d)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})D)?$/

export const isPeriod = (text: string): boolean => period.test(text)

/** The time before which something is too old at `now`, both in milliseconds since 1970. Nothing is, where it is no period. */
export const dueBefore = (keep: string, now: number): number => {
  const parts = period.exec(keep)
  if (parts === null) return Number.NEGATIVE_INFINITY
  const [years, months, days] = parts.slice(1).map((part) => Number(part ?? 0)) as [number, number, number]
  const date = new Date(now)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() - 12 * years - months)
  // The 31st of a month that has none is its last day.
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(day, last))
  return date.getTime() - days * 24 * 60 * 60_000
}

/**
 * The time before which a conversation's contents, or files, are due; undefined where they are kept for ever. Of several
 * policies that are for it, the one that keeps longest counts.
 */
export const dueOf = (
  policies: ReadonlyArray<Policy>,
  kept: Kept,
  now: number,
): { readonly redact: number | undefined; readonly purge: number | undefined } => {
  const earliest = (then: Policy["then"]) => {
    const times = policies
      .filter((policy) => policy.then === then && isFor(policy.scope, kept))
      .map(({ keep }) => dueBefore(keep, now))
    return times.length === 0 ? undefined : Math.min(...times)
  }
  return { redact: earliest("redact"), purge: earliest("purge") }
}

/** The files that an event names anywhere in its JSON. */
export const filesIn = (json: string): ReadonlyArray<string> => [
  ...new Set(json.match(/mxc:\/\/[^"\\/]{1,255}\/[0-9A-Za-z_-]{1,255}/g)),
]
