/**
 * What a locked or suspended account may still do. Who is locked can only log out. Who is suspended reads, keeps their
 * devices and keys in order, and withdraws. Spec: client-server API, "Account locking" and "Account suspension".
 */
import { Effect } from "effect"
import { UserLocked, UserSuspended } from "@biz1/protocol/errors"
import type { Requester, Standing } from "../http/Handler.ts"

/** From the columns of `users`. */
export const standingOf = (user: { readonly [column: string]: unknown }): Standing => {
  if (user["locked"] === true) return "locked"
  return user["suspended"] === true ? "suspended" : "good"
}

export const refuseLocked = Effect.suspend(() =>
  Effect.fail(new UserLocked({ error: "An administrator of this server has locked your account", soft_logout: true })),
)

export const mayCall = (
  { standing }: Requester,
  { operationId, method }: { readonly operationId: string; readonly method: string },
) => {
  if (standing === "good" || loggingOut.has(operationId)) return Effect.void
  if (standing === "locked") return refuseLocked
  return method === "GET" || whileSuspended.has(operationId) ? Effect.void : refuseSuspended
}

export const refuseSuspended = Effect.suspend(() =>
  Effect.fail(new UserSuspended({ error: "Your account is suspended: you can read, but not take part" })),
)

const loggingOut: ReadonlySet<string> = new Set(["logout", "logout_all"])

/** Beside everything that only reads. What redacts looks whose event it is. */
const whileSuspended: ReadonlySet<string> = new Set([
  // Questions that happen to be no GET.
  "defineFilter",
  "queryPublicRooms",
  "search",
  "searchUserDirectory",
  "simplifiedSlidingSync",
  "slidingSync",
  // Reading, and being told what there is to read.
  "deletePushRule",
  "deleteRoomTag",
  "postPusher",
  "postReceipt",
  "setAccountData",
  "setAccountDataPerRoom",
  "setPushRule",
  "setPushRuleActions",
  "setPushRuleEnabled",
  "setReadMarker",
  "setRoomTag",
  // Devices, their keys and the backup of these.
  "claimKeys",
  "deleteDehydratedDevice",
  "deleteDevice",
  "deleteDevices",
  "deleteRoomKeyBySessionId",
  "deleteRoomKeys",
  "deleteRoomKeysByRoomId",
  "deleteRoomKeysVersion",
  "generateLoginToken",
  "postRoomKeysVersion",
  "putDehydratedDevice",
  "putRoomKeyBySessionId",
  "putRoomKeys",
  "putRoomKeysByRoomId",
  "putRoomKeysVersion",
  "queryKeys",
  "sendToDevice",
  "updateDevice",
  "uploadCrossSigningKeys",
  "uploadCrossSigningSignatures",
  "uploadKeys",
  // Withdrawing.
  "deactivateAccount",
  "forgetRoom",
  "leaveRoom",
  "redactEvent",
  "sendMessage", // since v1.18 a redaction, and nothing else of it
  // Their password, and where they can be reached: more ways to do so, but not fewer.
  "add3PID",
  "changePassword",
  "post3PIDs",
  "requestTokenTo3PIDEmail",
  "requestTokenTo3PIDMSISDN",
])
