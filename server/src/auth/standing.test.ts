import { Effect, Result } from "effect"
import { describe, expect, it } from "vitest"
import type { Requester, Standing } from "../http/Handler.ts"
import { mayCall } from "./standing.ts"

const codeOf = (standing: Standing, operationId: string, method = "POST") => {
  const asked = mayCall({ standing } as Requester, { operationId, method })
  const result = Effect.runSync(Effect.result(asked as Effect.Effect<void, { readonly errcode: string }>))
  return Result.isFailure(result) ? result.failure.errcode : undefined
}

/** Spec: client-server API, "Account suspension", its two lists in their order, as operations. */
const permitted: Readonly<Record<string, ReadonlyArray<string>>> = {
  "create additional sessions": ["generateLoginToken"],
  "see and receive messages": ["GET sync", "GET getRoomEvents", "slidingSync", "simplifiedSlidingSync", "search"],
  "verify their other devices": [
    "sendToDevice",
    "uploadCrossSigningKeys",
    "uploadCrossSigningSignatures",
    "uploadKeys",
  ],
  "populate their key backup": ["postRoomKeysVersion", "putRoomKeys", "putRoomKeysByRoomId", "putRoomKeyBySessionId"],
  "leave rooms and reject invites": ["leaveRoom", "forgetRoom"],
  "redact their own events": ["redactEvent", "sendMessage"],
  "log out or delete any device": ["logout", "logout_all", "deleteDevice", "deleteDevices"],
  "deactivate their account": ["deactivateAccount"],
  "change or add admin contacts": ["changePassword", "add3PID", "post3PIDs", "requestTokenTo3PIDEmail"],
}
const forbidden: Readonly<Record<string, ReadonlyArray<string>>> = {
  "join or knock, accept invites": ["joinRoom", "joinRoomById", "knockRoom", "createRoom"],
  "send messages": ["setRoomState", "setRoomStateWithKey", "setTyping", "manageDelayedEvent", "updateDelayedEvent"],
  "send invites": ["inviteUser", "kick", "ban", "unban", "upgradeRoom"],
  "change profile data": ["setProfileField", "deleteProfileField", "setPresence"],
  "remove admin contacts": ["delete3pidFromAccount", "unbind3pidFromAccount"],
  "put something where others find it": ["setRoomAlias", "setRoomVisibilityOnDirectory", "uploadContent"],
}

const calls = (lists: Readonly<Record<string, ReadonlyArray<string>>>) =>
  Object.entries(lists).flatMap(([line, operations]) =>
    operations.map((name) => {
      const [operationId, method] = name.split(" ").toReversed()
      return [line, operationId!, method] as const
    }),
  )

describe("who is suspended", () => {
  it.each(calls(permitted))("may %s: %s", (_, operationId, method) => {
    expect(codeOf("suspended", operationId, method)).toBeUndefined()
  })
  it.each(calls(forbidden))("may not %s: %s", (_, operationId, method) => {
    expect(codeOf("suspended", operationId, method)).toBe("M_USER_SUSPENDED")
  })
})

describe("who is locked", () => {
  it.each(calls(permitted).concat(calls(forbidden)))("may only log out, not %s: %s", (_, operationId, method) => {
    const leaves = operationId === "logout" || operationId === "logout_all"
    expect(codeOf("locked", operationId, method)).toBe(leaves ? undefined : "M_USER_LOCKED")
  })
})
