/** What guests may call, beside everything that needs no account. Spec: client-server API, "Guest Access". */
import { Effect } from "effect"
import type { Endpoint } from "@biz1/protocol/Endpoint"
import { GuestAccessForbidden } from "@biz1/protocol/errors"

type Asked = Pick<Endpoint<never, never, never, never>, "operationId" | "access">

export const mayCallAsGuest = ({ operationId, access }: Asked) =>
  access !== "user" || forGuests.has(operationId)
    ? Effect.void
    : Effect.fail(new GuestAccessForbidden({ error: "Guests cannot do this: make an account first" }))

export const forGuests: ReadonlySet<string> = new Set([
  // Events and their files.
  "getRoomState",
  "getEventContext",
  "getOneRoomEvent",
  "getRoomStateWithKey",
  "getRoomStateOfType",
  "getRoomEvents",
  "getMembersByRoom",
  "roomInitialSync",
  "sync",
  "peekEvents",
  "getContentAuthed",
  "getContentOverrideNameAuthed",
  "getContentThumbnailAuthed",
  // Taking part.
  "joinRoomById",
  "leaveRoom",
  "sendMessage",
  "setRoomState",
  "setRoomStateWithKey",
  "sendToDevice",
  // Their account: of the profile their name alone, which its handler sees to. Ending it costs nobody anything.
  "setProfileField",
  "getDevices",
  "getDevice",
  "updateDevice",
  "getTokenOwner",
  "logout",
  "logout_all",
  // Encryption.
  "uploadKeys",
  "queryKeys",
  "claimKeys",
])
