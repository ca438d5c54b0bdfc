/**
 * What an application service registers: who it is, where it listens, and which users, aliases and rooms concern it.
 * Spec: application service API, "Registration".
 */
import { hash } from "node:crypto"
import { Result, Schema } from "effect"
import type { RoomAlias, RoomId, ServerName, UserId } from "@biz1/protocol/ids"
import { serverOf } from "@biz1/protocol/ids"
import { compilePattern } from "./namespacePattern.ts"

const text = (maxLength: number, pattern: RegExp) =>
  Schema.String.check(Schema.isPattern(pattern), Schema.isMaxLength(maxLength))

const Namespace = Schema.Struct({
  regex: Schema.String,
  /** Nobody else may make what matches. */
  exclusive: Schema.optionalKey(Schema.Boolean),
})
const Namespaces = Schema.optionalKey(Schema.NullOr(Schema.Array(Namespace).check(Schema.isMaxLength(100))))
const Flag = Schema.optionalKey(Schema.Boolean)
const Token = text(1024, /^[^\s\0]+$/)

/** A registration file as it is written. */
export const Registration = Schema.Struct({
  id: text(255, /^[^\0]+$/),
  /** Where it listens; without one it only calls. */
  url: Schema.optionalKey(Schema.NullOr(text(2048, /^https?:\/\/[^\s?#]+$/))),
  as_token: Token,
  hs_token: Token,
  /** As loose as historical user names: bridges choose one at random, with capitals. */
  sender_localpart: text(200, /^[\x21-\x39\x3b-\x7e]+$/),
  rate_limited: Schema.optionalKey(Schema.NullOr(Schema.Boolean)),
  protocols: Schema.optionalKey(Schema.NullOr(Schema.Array(text(255, /^[^/\0]+$/)).check(Schema.isMaxLength(100)))),
  namespaces: Schema.Struct({ users: Namespaces, aliases: Namespaces, rooms: Namespaces }),
  receive_ephemeral: Flag,
  push_ephemeral: Flag,
  "de.sorunome.msc2409.push_ephemeral": Flag,
  "org.matrix.msc3202": Flag,
})
export interface Registration extends Schema.Schema.Type<typeof Registration> {}

export interface Area {
  readonly exclusive: boolean
  readonly matches: (id: string) => boolean
}

/** A registration, ready to be asked. */
export interface Appservice {
  readonly id: string
  /** The server whose users it may be. */
  readonly serverName: ServerName
  /** Without a slash at its end. */
  readonly url: string | undefined
  readonly asTokenHash: string
  readonly hsToken: string
  /** The user it is when it names no other. */
  readonly sender: UserId
  readonly rateLimited: boolean
  readonly protocols: ReadonlyArray<string>
  readonly users: ReadonlyArray<Area>
  readonly aliases: ReadonlyArray<Area>
  readonly rooms: ReadonlyArray<Area>
  readonly receivesEphemeral: boolean
  /** Messages to devices, device lists and key counts come with its transactions. MSC3202. */
  readonly receivesEncryption: boolean
}

export const tokenHashOf = (token: string) => hash("sha256", token, "hex")

const decode = Schema.decodeUnknownResult(Registration)

/** The registration in some parsed YAML, or a sentence on what is wrong with it. */
export const parseRegistration = (given: unknown): Result.Result<Registration, string> =>
  Result.mapError(decode(given), (error) => error.message.replaceAll(/\s+/g, " "))

export const appserviceOf = (registration: Registration, serverName: ServerName): Result.Result<Appservice, string> => {
  const areas: Record<"users" | "aliases" | "rooms", Array<Area>> = { users: [], aliases: [], rooms: [] }
  for (const kind of ["users", "aliases", "rooms"] as const) {
    for (const { regex, exclusive = false } of registration.namespaces[kind] ?? []) {
      const matches = compilePattern(regex)
      if (Result.isFailure(matches)) {
        return Result.fail(`the pattern ${JSON.stringify(regex)} among its ${kind} cannot be used: ${matches.failure}`)
      }
      areas[kind].push({ exclusive, matches: matches.success })
    }
  }
  return Result.succeed({
    id: registration.id,
    serverName,
    url: registration.url?.replace(/\/+$/, ""),
    asTokenHash: tokenHashOf(registration.as_token),
    hsToken: registration.hs_token,
    sender: `@${registration.sender_localpart}:${serverName}` as UserId,
    rateLimited: registration.rate_limited !== false,
    protocols: [...new Set(registration.protocols ?? [])],
    ...areas,
    receivesEphemeral:
      registration.receive_ephemeral ??
      registration.push_ephemeral ??
      registration["de.sorunome.msc2409.push_ephemeral"] ??
      false,
    receivesEncryption: registration["org.matrix.msc3202"] ?? false,
  })
}

const within = (areas: ReadonlyArray<Area>, id: string) => areas.some(({ matches }) => matches(id))

/** Users of other servers are nobody's: a service speaks for local ones alone. */
export const ownsUser = (service: Appservice, userId: UserId): boolean =>
  userId === service.sender || (serverOf(userId) === service.serverName && within(service.users, userId))
export const ownsAlias = (service: Appservice, alias: RoomAlias): boolean => within(service.aliases, alias)
export const ownsRoom = (service: Appservice, roomId: RoomId): boolean => within(service.rooms, roomId)

/** Whether nobody else may have the id. Its own user is a service's alone, whatever its namespaces say. */
export const reserves = (service: Appservice, kind: "users" | "aliases", id: string): boolean =>
  id === service.sender || service[kind].some(({ exclusive, matches }) => exclusive && matches(id))
