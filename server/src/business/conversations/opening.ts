/** What somebody wants to talk about, and what makes two such wishes one conversation. */
import type { Kind } from "@biz1/core/business/kinds"
import type { Link } from "@biz1/core/business/links"
import { undisclosable } from "@biz1/core/business/recordType"
import type { UserId } from "@biz1/protocol/ids"
import type { RecordBody } from "@biz1/protocol/business/records"
import type { TypeBody } from "@biz1/protocol/business/types"
import { isJsonObject, type JsonObject } from "@biz1/protocol/json"
import type { RecordWrite } from "../../log/LogEntry.ts"

/** A record as far as a conversation about it shows it. */
export interface Subject {
  readonly type: string
  readonly id: string
  readonly number?: string | undefined
  readonly title: string
  readonly status?: string | undefined
  readonly url?: string | undefined
  readonly version: number
  readonly fields: NonNullable<RecordBody["fields"]>
  /** Those of its people who have a user here or elsewhere. */
  readonly people: ReadonlyArray<UserId>
}

interface About {
  readonly subject: Subject
  /** Members beside the record's people. */
  readonly members: ReadonlyArray<UserId>
  readonly policy?: JsonObject | undefined
}

interface Names {
  /** Other names of the customer: what was begun under one of them is theirs. */
  readonly otherNames: ReadonlyArray<string>
}

export type Opening =
  | { readonly kind: "personal"; readonly between: readonly [UserId, UserId] }
  | { readonly kind: "assistant"; readonly user: UserId; readonly assistant: UserId }
  | {
      readonly kind: "group"
      readonly title: string
      readonly members: ReadonlyArray<UserId>
      readonly subject?: Subject | undefined
      readonly policy?: JsonObject | undefined
    }
  | ({ readonly kind: "customer" | "project" } & About & Names)
  | ({ readonly kind: "mission"; readonly project: Subject | undefined } & About)
  | ({
      readonly kind: "support"
      /** A user of ours, or the id of a customer. */
      readonly requester: UserId | string
      readonly queue: string
      readonly title: string
      readonly members: ReadonlyArray<UserId>
      readonly subject?: Subject | undefined
      readonly policy?: JsonObject | undefined
    } & Names)

/** Two openings that share a key are one conversation, which is begun under the first; without one each is its own. */
export const uniqueKeysOf = (opening: Opening): ReadonlyArray<string> => {
  switch (opening.kind) {
    case "personal":
      return [key("personal", ...opening.between.toSorted())]
    case "assistant":
      return [key("assistant", opening.user, opening.assistant)]
    case "support":
      return [opening.requester, ...opening.otherNames].map((requester) => key("support", requester, opening.queue))
    case "group":
      return []
    case "mission":
      return [key("mission", opening.subject.id)]
    default:
      return [opening.subject.id, ...opening.otherNames].map((id) => key(opening.kind, id))
  }
}

const key = (kind: Kind | "space" | "lane", ...parts: ReadonlyArray<string>) => [kind, ...parts].join("\u001f")
export const spaceKey = ({ type, id }: Pick<Subject, "type" | "id">) => key("space", type, id)
export const laneKey = (name: string, mainRoom: string) => key("lane", name, mainRoom)

export const membersOf = (opening: Opening): ReadonlyArray<UserId> => {
  switch (opening.kind) {
    case "personal":
      return [...new Set(opening.between)]
    case "assistant":
      return [opening.user, opening.assistant]
    default:
      return [...new Set([...(opening.subject?.people ?? []), ...opening.members])]
  }
}

export const titleOf = (opening: Opening): string | undefined => {
  if (opening.kind === "personal" || opening.kind === "assistant") return undefined
  return opening.kind === "group" || opening.kind === "support" ? opening.title : opening.subject.title
}

export const usersOf = ({ people = [] }: RecordBody): ReadonlyArray<UserId> => [
  ...new Set(people.flatMap(({ user }) => (user === undefined ? [] : [user]))),
]

export const subjectOf = ({ type, id, body }: Pick<RecordWrite, "type" | "id" | "body">): Subject => {
  const { number, title, status, url, version, fields = {} } = body
  return { type, id, number, title, status, url, version, fields, people: usersOf(body) }
}

/**
 * What everyone in the conversation is told of the record: its number, title, status and address, and such fields as
 * were disclosed, which are those that `before` holds, or `disclose` names.
 */
export const linkTo = (
  subject: Subject,
  role: Link["role"],
  since: number,
  before?: Link,
  disclose: ReadonlyArray<string> = Object.keys(fieldsOf(before)),
): Link => {
  const { type, id, number, title, status, url, version, fields } = subject
  const told = Object.entries({ number, title, status, url }).filter((entry) => entry[1] !== undefined)
  // Events hold whole numbers only: any other is told as text.
  const exact = (value: unknown) => (typeof value === "number" && !Number.isSafeInteger(value) ? String(value) : value)
  const disclosed = disclose.filter((name) => Object.hasOwn(fields, name)).map((name) => [name, exact(fields[name])])
  return {
    type,
    id,
    role,
    disclosed: {
      role,
      version,
      since,
      ...Object.fromEntries(told),
      ...(disclosed.length === 0 ? {} : { fields: Object.fromEntries(disclosed) }),
      // What it holds of customers that were merged, it goes on holding.
      ...(before?.disclosed["merged"] === undefined ? {} : { merged: before.disclosed["merged"] }),
    },
  }
}

/** The same link of a later version of its record: it tells what it told, as far as the type still lets it. */
export const renewedLink = (record: Pick<RecordWrite, "type" | "id" | "body">, link: Link, type?: TypeBody): Link => {
  const told = Object.keys(fieldsOf(link))
  const allowed = type === undefined ? told : told.filter((name) => undisclosable(type, [name]) === undefined)
  return linkTo(subjectOf(record), link.role, Number(link.disclosed["since"]), link, allowed)
}

const fieldsOf = (link: Link | undefined): JsonObject => {
  const fields = link?.disclosed["fields"]
  return isJsonObject(fields) ? fields : {}
}
