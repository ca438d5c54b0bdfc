/** Where suggestions come from: the people here, the organisation's records, emoji, commands. */
import { chat } from "../../client/current.ts"
import { localpart } from "../../client/localpart.ts"
import type { Person } from "../../client/model.ts"
import { t } from "../../i18n/t.ts"
import { type Command, commands } from "../compose.ts"
import type { Token } from "../tokens.ts"
import type { Trigger } from "./trigger.ts"

export interface Suggestion {
  readonly key: string
  /** What stands before it: a person's picture, or a sign. */
  readonly person?: Person
  readonly sign?: string
  readonly label: string
  readonly detail: string
  /** What is written in its place. */
  readonly insert: string
  readonly token?: Token
}

const most = 8

export const suggest = (roomId: string, { kind, query }: Trigger): Promise<ReadonlyArray<Suggestion>> => {
  switch (kind) {
    case "person":
      return people(roomId, query)
    case "record":
      return records(query)
    case "emoji":
      return emoji(query)
    case "command":
      return Promise.resolve(commands.filter((name) => name.startsWith(`/${query}`)).map(command))
  }
}

const people = async (roomId: string, query: string): Promise<ReadonlyArray<Suggestion>> => {
  const members = await chat().members(roomId)
  const me = chat().me.id
  return matching(
    members.filter(({ id }) => id !== me),
    query,
  )
    .slice(0, most)
    .map((person) => {
      const word = wordFor(person, members)
      return {
        key: person.id,
        person,
        label: person.name,
        detail: person.id,
        insert: word,
        token: { kind: "person", id: person.id, word },
      }
    })
}

/** By their name, unless somebody else here goes by it, too. */
export const wordFor = (person: Person, all: ReadonlyArray<Person>) => {
  const alone = all.every(({ id, name }) => id === person.id || name !== person.name)
  return `@${alone ? person.name.replace(/\s+/g, " ") : localpart(person.id)}`
}

/** Those with a word that begins like the query, in their name or their ID, the shortest name first. */
export const matching = <A extends Person>(all: ReadonlyArray<A>, query: string): ReadonlyArray<A> => {
  const wanted = query.toLocaleLowerCase()
  const begins = ({ id, name }: A) =>
    name.toLocaleLowerCase().startsWith(wanted) ||
    id.slice(1).startsWith(wanted) ||
    name.toLocaleLowerCase().includes(` ${wanted}`)
  return all.filter(begins).toSorted((a, b) => a.name.length - b.name.length || a.name.localeCompare(b.name))
}

const records = async (query: string): Promise<ReadonlyArray<Suggestion>> => {
  const found = await chat().findRecords(query.trim())
  return found.slice(0, most).map(({ type, id, number, title }) => {
    const word = `#${number ?? title}`
    return {
      key: `${type}/${id}`,
      sign: "#",
      label: number ?? title,
      detail: number === undefined ? type : title,
      insert: word,
      token: { kind: "record", type, id, word },
    }
  })
}

const emoji = async (query: string): Promise<ReadonlyArray<Suggestion>> => {
  const { findEmoji } = await import("../emoji/find.ts")
  return findEmoji(query, most).map(({ glyph, name }) => ({
    key: glyph,
    sign: glyph,
    label: `:${name}:`,
    detail: "",
    insert: glyph,
  }))
}

const command = (name: Command): Suggestion => ({
  key: name,
  sign: "/",
  label: name,
  detail: {
    "/me": t("commandMe"),
    "/shrug": t("commandShrug"),
    "/spoiler": t("commandSpoiler"),
    "/plain": t("commandPlain"),
  }[name],
  insert: name,
})
