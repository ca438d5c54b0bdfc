/** What the quick switch offers for what was typed. */
import type { FoundRecord } from "../client/Chat.ts"
import type { Conversation, Person } from "../client/model.ts"
import { fold, select } from "../inbox/order.ts"

interface Command {
  readonly key: string
  readonly label: string
  readonly act: () => unknown
}

export type Entry =
  | { readonly kind: "conversation"; readonly key: string; readonly conversation: Conversation }
  | { readonly kind: "person"; readonly key: string; readonly person: Person }
  | { readonly kind: "record"; readonly key: string; readonly record: FoundRecord }
  | { readonly kind: "command"; readonly key: string; readonly command: Command }

export interface Group {
  readonly name: "conversations" | "people" | "customers" | "records" | "commands"
  readonly entries: ReadonlyArray<Entry>
}

export interface Found {
  /** In the strip's order. */
  readonly conversations: ReadonlyArray<Conversation>
  readonly people: ReadonlyArray<Person>
  readonly records: ReadonlyArray<FoundRecord>
  readonly commands: ReadonlyArray<Command>
  readonly current: string | undefined
}

const most = 6

/** Commands are asked for by `>`. */
export const commandTerm = (term: string) => (term.trimStart().startsWith(">") ? term.trimStart().slice(1) : undefined)

export const groupsFor = (term: string, found: Found): ReadonlyArray<Group> => {
  const command = commandTerm(term)
  return (
    command === undefined ? places(term, found) : [{ name: "commands" as const, entries: matching(command, found) }]
  ).filter(({ entries }) => entries.length > 0)
}

const matching = (term: string, { commands }: Found): ReadonlyArray<Entry> =>
  commands
    .filter(({ label }) => fold(label).includes(fold(term.trim())))
    .map((command) => ({ kind: "command", key: command.key, command }))

/** Nobody is offered twice: one whose conversation is there already is not offered as a person. */
const places = (term: string, { conversations, current, people, records }: Found): ReadonlyArray<Group> => {
  const here = select(conversations, "all", term)
    .filter(({ id }) => id !== current)
    .toSorted((a, b) => Number(begins(b, term)) - Number(begins(a, term)))
    .slice(0, most)
  const others = people.filter(({ id }) => here.every(({ other }) => other !== id)).slice(0, most)
  const toEntry = (record: FoundRecord) => ({ kind: "record", key: `${record.type}/${record.id}`, record }) as const
  return [
    { name: "conversations", entries: here.map((one) => ({ kind: "conversation", key: one.id, conversation: one })) },
    { name: "people", entries: others.map((person) => ({ kind: "person", key: person.id, person })) },
    { name: "customers", entries: records.filter(({ type }) => type === "customer").map(toEntry) },
    { name: "records", entries: records.filter(({ type }) => type !== "customer").map(toEntry) },
  ]
}

const begins = ({ name }: Conversation, term: string) => fold(name).startsWith(fold(term.trim()))
