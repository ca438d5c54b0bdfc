/**
 * Matrix errors: tagged inside, `{ errcode, error }` on the wire, the HTTP status on the class.
 * `error` is a sentence that the person who reads it can act on.
 * Spec: client-server API, "Standard error response".
 */
import { Schema } from "effect"
import { JsonObject } from "./json.ts"

const matrixError =
  <Self>() =>
  <const Tag extends string, const Code extends string, const Extra extends Schema.Struct.Fields = {}>(
    tag: Tag,
    errcode: Code,
    httpApiStatus: number,
    extra: Extra = {} as Extra,
  ) =>
    Schema.Error<Self>(tag)(
      { _tag: Schema.tagDefaultOmit(tag), errcode: Schema.tag(errcode), error: Schema.String, ...extra },
      { httpApiStatus },
    )

export class Forbidden extends matrixError<Forbidden>()("Forbidden", "M_FORBIDDEN", 403) {}
export class Unauthorized extends matrixError<Unauthorized>()("Unauthorized", "M_UNAUTHORIZED", 401) {}
export class MissingToken extends matrixError<MissingToken>()("MissingToken", "M_MISSING_TOKEN", 401) {}
export class UnknownToken extends matrixError<UnknownToken>()("UnknownToken", "M_UNKNOWN_TOKEN", 401, {
  /** The device lives on: the client may log in again, or refresh, and keep its keys. */
  soft_logout: Schema.optionalKey(Schema.Boolean),
}) {}
export class NotJson extends matrixError<NotJson>()("NotJson", "M_NOT_JSON", 400) {}
/** Which member of a request is wrong, its path joined by dots. */
const field = { field: Schema.optionalKey(Schema.String) }
export class BadJson extends matrixError<BadJson>()("BadJson", "M_BAD_JSON", 400, field) {}
/** What the server writes itself and clients only read. Spec: "Client Config". */
export class ServerControlled extends matrixError<ServerControlled>()("ServerControlled", "M_BAD_JSON", 405) {}
export class NotFound extends matrixError<NotFound>()("NotFound", "M_NOT_FOUND", 404) {}
export class Unrecognized extends matrixError<Unrecognized>()("Unrecognized", "M_UNRECOGNIZED", 404) {}
export class UnrecognizedMethod extends matrixError<UnrecognizedMethod>()(
  "UnrecognizedMethod",
  "M_UNRECOGNIZED",
  405,
) {}
export class LimitExceeded extends matrixError<LimitExceeded>()("LimitExceeded", "M_LIMIT_EXCEEDED", 429, {
  /** How long to wait before trying again. */
  retry_after_ms: Schema.optionalKey(Schema.Natural),
}) {}
export class MissingParam extends matrixError<MissingParam>()("MissingParam", "M_MISSING_PARAM", 400) {}
export class InvalidParam extends matrixError<InvalidParam>()("InvalidParam", "M_INVALID_PARAM", 400, field) {}
/** Well formed, and yet not what has been agreed on. */
export class Unfitting extends matrixError<Unfitting>()("Unfitting", "M_INVALID_PARAM", 422, field) {}
export class TooLarge extends matrixError<TooLarge>()("TooLarge", "M_TOO_LARGE", 413) {}
export class KeyTooLarge extends matrixError<KeyTooLarge>()("KeyTooLarge", "M_KEY_TOO_LARGE", 400) {}
export class ProfileTooLarge extends matrixError<ProfileTooLarge>()("ProfileTooLarge", "M_PROFILE_TOO_LARGE", 400) {}
export class UserInUse extends matrixError<UserInUse>()("UserInUse", "M_USER_IN_USE", 400) {}
export class InvalidUsername extends matrixError<InvalidUsername>()("InvalidUsername", "M_INVALID_USERNAME", 400) {}
export class WeakPassword extends matrixError<WeakPassword>()("WeakPassword", "M_WEAK_PASSWORD", 400) {}
export class UserDeactivated extends matrixError<UserDeactivated>()("UserDeactivated", "M_USER_DEACTIVATED", 403) {}
/** Nothing but logging out is possible until an administrator unlocks the account. Spec: "Account locking". */
export class UserLocked extends matrixError<UserLocked>()("UserLocked", "M_USER_LOCKED", 401, {
  soft_logout: Schema.Boolean,
}) {}
export class UserSuspended extends matrixError<UserSuspended>()("UserSuspended", "M_USER_SUSPENDED", 403) {}
/** Third-party ids are addresses of mail and phone numbers. Spec: "Third-party identifier". */
export class ThirdPartyIdInUse extends matrixError<ThirdPartyIdInUse>()(
  "ThirdPartyIdInUse",
  "M_THREEPID_IN_USE",
  400,
) {}
export class ThirdPartyIdNotFound extends matrixError<ThirdPartyIdNotFound>()(
  "ThirdPartyIdNotFound",
  "M_THREEPID_NOT_FOUND",
  404,
) {}
export class ThirdPartyIdDenied extends matrixError<ThirdPartyIdDenied>()(
  "ThirdPartyIdDenied",
  "M_THREEPID_DENIED",
  403,
) {}
export class ThirdPartyIdAuthFailed extends matrixError<ThirdPartyIdAuthFailed>()(
  "ThirdPartyIdAuthFailed",
  "M_THREEPID_AUTH_FAILED",
  400,
) {}
export class ServerNotTrusted extends matrixError<ServerNotTrusted>()(
  "ServerNotTrusted",
  "M_SERVER_NOT_TRUSTED",
  400,
) {}
export class RoomInUse extends matrixError<RoomInUse>()("RoomInUse", "M_ROOM_IN_USE", 400) {}
/** Where an alias is set, the specification wants another status than where a room is created with one. */
export class AliasTaken extends matrixError<AliasTaken>()("AliasTaken", "M_UNKNOWN", 409) {}
export class DuplicateAnnotation extends matrixError<DuplicateAnnotation>()(
  "DuplicateAnnotation",
  "M_DUPLICATE_ANNOTATION",
  400,
) {}
export class InvalidRoomState extends matrixError<InvalidRoomState>()(
  "InvalidRoomState",
  "M_INVALID_ROOM_STATE",
  400,
) {}
export class UnsupportedRoomVersion extends matrixError<UnsupportedRoomVersion>()(
  "UnsupportedRoomVersion",
  "M_UNSUPPORTED_ROOM_VERSION",
  400,
) {}
export class BadState extends matrixError<BadState>()("BadState", "M_BAD_STATE", 403) {}
export class BadAlias extends matrixError<BadAlias>()("BadAlias", "M_BAD_ALIAS", 400) {}
export class Exclusive extends matrixError<Exclusive>()("Exclusive", "M_EXCLUSIVE", 400) {}
export class InviteBlocked extends matrixError<InviteBlocked>()("InviteBlocked", "M_INVITE_BLOCKED", 403) {}
export class GuestAccessForbidden extends matrixError<GuestAccessForbidden>()(
  "GuestAccessForbidden",
  "M_GUEST_ACCESS_FORBIDDEN",
  403,
) {}
export class NotYetUploaded extends matrixError<NotYetUploaded>()("NotYetUploaded", "M_NOT_YET_UPLOADED", 504) {}
export class CannotOverwriteMedia extends matrixError<CannotOverwriteMedia>()(
  "CannotOverwriteMedia",
  "M_CANNOT_OVERWRITE_MEDIA",
  409,
) {}
export class InvalidSignature extends matrixError<InvalidSignature>()("InvalidSignature", "M_INVALID_SIGNATURE", 400) {}
export class WrongRoomKeysVersion extends matrixError<WrongRoomKeysVersion>()(
  "WrongRoomKeysVersion",
  "M_WRONG_ROOM_KEYS_VERSION",
  403,
  { current_version: Schema.String },
) {}
/** Sliding sync: the connection was forgotten, and begins again without a position. Proposal: MSC4186. */
export class UnknownPos extends matrixError<UnknownPos>()("UnknownPos", "M_UNKNOWN_POS", 400) {}
/** Somebody else has written in between (MSC4108). */
export class ConcurrentWrite extends matrixError<ConcurrentWrite>()("ConcurrentWrite", "M_CONCURRENT_WRITE", 412) {}
export class MaxDelayExceeded extends matrixError<MaxDelayExceeded>()("MaxDelayExceeded", "M_MAX_DELAY_EXCEEDED", 400, {
  max_delay: Schema.Natural,
}) {}
/** What was asked for contradicts what happened already. */
export class UnknownConflict extends matrixError<UnknownConflict>()("UnknownConflict", "M_UNKNOWN", 409) {}
export class Unknown extends matrixError<Unknown>()("Unknown", "M_UNKNOWN", 400) {}
/** The server is stopping, starting or out of reach of its store: nothing is wrong with the request. */
export class Unavailable extends matrixError<Unavailable>()("Unavailable", "M_UNKNOWN", 503) {}

/** An application service acts on a device that its user does not have. */
export class UnknownDevice extends matrixError<UnknownDevice>()("UnknownDevice", "M_UNKNOWN_DEVICE", 400) {}
/** Spec: client-server API, "pingAppservice": why the application service was not reached. */
export class UrlNotSet extends matrixError<UrlNotSet>()("UrlNotSet", "M_URL_NOT_SET", 400) {}
export class ConnectionFailed extends matrixError<ConnectionFailed>()("ConnectionFailed", "M_CONNECTION_FAILED", 502) {}
export class ConnectionTimeout extends matrixError<ConnectionTimeout>()(
  "ConnectionTimeout",
  "M_CONNECTION_TIMEOUT",
  504,
) {}
/** An application service was asked to make what somebody looks for, and gave no answer. */
export class RequestTimeout extends matrixError<RequestTimeout>()("RequestTimeout", "M_UNKNOWN", 408) {}
export class BadStatus extends matrixError<BadStatus>()("BadStatus", "M_BAD_STATUS", 502, {
  status: Schema.Natural,
  body: Schema.String,
}) {}

/** User-interactive authentication: which stages are left. `errcode` and `error` say why the last one failed. */
export class AuthenticationNeeded extends Schema.TaggedError<AuthenticationNeeded>()(
  "AuthenticationNeeded",
  {
    session: Schema.String,
    flows: Schema.Array(Schema.Struct({ stages: Schema.Array(Schema.String) })),
    params: JsonObject,
    completed: Schema.Array(Schema.String),
    errcode: Schema.optionalKey(Schema.String),
    error: Schema.optionalKey(Schema.String),
  },
  { httpApiStatus: 401 },
) {}

const classes = [
  Forbidden,
  Unauthorized,
  MissingToken,
  UnknownToken,
  NotJson,
  BadJson,
  ServerControlled,
  NotFound,
  Unrecognized,
  UnrecognizedMethod,
  LimitExceeded,
  MissingParam,
  InvalidParam,
  Unfitting,
  TooLarge,
  KeyTooLarge,
  ProfileTooLarge,
  UserInUse,
  InvalidUsername,
  WeakPassword,
  UserDeactivated,
  UserLocked,
  UserSuspended,
  ThirdPartyIdInUse,
  ThirdPartyIdDenied,
  ThirdPartyIdNotFound,
  ThirdPartyIdAuthFailed,
  ServerNotTrusted,
  RoomInUse,
  AliasTaken,
  DuplicateAnnotation,
  InvalidRoomState,
  UnsupportedRoomVersion,
  BadState,
  BadAlias,
  Exclusive,
  InviteBlocked,
  GuestAccessForbidden,
  NotYetUploaded,
  CannotOverwriteMedia,
  InvalidSignature,
  WrongRoomKeysVersion,
  UnknownPos,
  ConcurrentWrite,
  MaxDelayExceeded,
  UnknownConflict,
  Unknown,
  Unavailable,
  UnknownDevice,
  UrlNotSet,
  ConnectionFailed,
  ConnectionTimeout,
  BadStatus,
  RequestTimeout,
  AuthenticationNeeded,
] as const

/** Whatever an endpoint may answer instead of success. */
export type MatrixError = InstanceType<(typeof classes)[number]>

const statuses = new Map<unknown, number>(
  classes.map((error) => [error, Number(error.ast.annotations?.["httpApiStatus"] ?? 500)]),
)
export const isMatrixError = (error: unknown): error is MatrixError =>
  typeof error === "object" && error !== null && statuses.has(error.constructor)

export const statusOf = (error: MatrixError): number => statuses.get(error.constructor) ?? 500

/** The body as it goes over the wire. */
export const wireBody = (error: MatrixError): JsonObject => {
  const { _tag, ...body } = error as MatrixError & { readonly [key: string]: never }
  return body
}
