/** Matrix identifiers, branded so that one kind cannot stand for another. Spec: appendices, "Identifier Grammar". */
import { Schema } from "effect"
import { shortText } from "./text.ts"

const maxBytes = 255
const sized = (pattern: RegExp, name: string) =>
  Schema.String.check(
    Schema.isPattern(pattern),
    Schema.makeFilter((id: string) => id.length <= maxBytes || `${name} longer than ${maxBytes} bytes`),
  )

/** Hostname or address, with an optional port: `biz1.example`, `localhost:8448`, `[::1]:8448`. */
export const ServerName = sized(
  /^(?:\[[0-9A-Fa-f:.]{2,45}\]|[0-9A-Za-z.-]{1,230})(?::[0-9]{1,5})?$/,
  "server name",
).pipe(Schema.brand("ServerName"))
export type ServerName = typeof ServerName.Type

/** `@localpart:server`. Historical localparts of other servers are accepted; what we register is stricter. */
export const UserId = sized(/^@[^:\0]*:[^\0]+$/, "user ID").pipe(Schema.brand("UserId"))
export type UserId = typeof UserId.Type

/** `!opaque:server`, or since room version 12 `!` and the create event's hash alone. */
export const RoomId = sized(/^![^\0]+$/, "room ID").pipe(Schema.brand("RoomId"))
export type RoomId = typeof RoomId.Type

/** `#name:server`. */
export const RoomAlias = sized(/^#[^:\0]*:[^\0]+$/, "room alias").pipe(Schema.brand("RoomAlias"))
export type RoomAlias = typeof RoomAlias.Type

/** `$opaque:server` in room versions 1 and 2, since then `$` and the reference hash. */
export const EventId = sized(/^\$[^\0]+$/, "event ID").pipe(Schema.brand("EventId"))
export type EventId = typeof EventId.Type

/** Opaque to everyone but its user's own devices. */
export const DeviceId = shortText(512).check(Schema.isMinLength(1)).pipe(Schema.brand("DeviceId"))
export type DeviceId = typeof DeviceId.Type

/** The server part of an identifier: all that follows its first colon. */
export const serverOf = (id: UserId | RoomAlias): ServerName => id.slice(id.indexOf(":") + 1) as ServerName

/** The part between the sigil and the first colon. */
export const localpartOf = (id: UserId | RoomAlias): string => id.slice(1, id.indexOf(":"))
