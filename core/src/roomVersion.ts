/**
 * Room versions as data: a rule reads what a version says, nothing compares version numbers.
 * Spec: "Room Versions" and `rooms/v1` to `rooms/v12`.
 */
export interface RoomVersion {
  readonly id: string
  /** `server`: ids chosen by the origin and pairs in `prev_events`; the others are reference hashes. Since 3, url-safe since 4. */
  readonly eventIds: "server" | "hash" | "urlSafeHash"
  readonly stateResolution: "v1" | "v2" | "v2.1"
  /** Redactions are judged by the authorisation rules (1 and 2), or when they are applied (since 3). */
  readonly redactionAuth: boolean
  /** A signing key counts only while it is valid. Since 5. */
  readonly enforceKeyValidity: boolean
  /** Integers within 2^53 - 1, no floats. Since 6. */
  readonly strictCanonicalJson: boolean
  /** `m.room.aliases` has a rule of its own and its `aliases` survive redaction. Until 5. */
  readonly specialAliases: boolean
  /** Changing `notifications` levels is guarded like the other levels. Since 6. */
  readonly guardNotificationLevels: boolean
  /** Join rule and membership `knock`. Since 7. */
  readonly knocking: boolean
  /** Join rule `restricted`. Since 8. */
  readonly restrictedJoins: boolean
  /** Redaction keeps `join_authorised_via_users_server` and `allow`. Since 9; `allow` since 8. */
  readonly redactionKeepsAllow: boolean
  readonly redactionKeepsAuthorisedVia: boolean
  /** Join rule `knock_restricted`. Since 10. */
  readonly knockRestricted: boolean
  /** Power levels are integers, never strings. Since 10. */
  readonly integerPowerLevels: boolean
  /** The redaction rules of version 11: create kept whole, `redacts` in content, `invite` level, third-party `signed`. */
  readonly updatedRedaction: boolean
  /** The create event names its creator in `content.creator`. Until 10. */
  readonly creatorInContent: boolean
  /** The room's id is its create event's hash, and the create event is nobody's auth event. Since 12. */
  readonly roomIdIsCreateHash: boolean
  /** Creators stand above every power level. Since 12. */
  readonly privilegedCreators: boolean
}

const v1: RoomVersion = {
  id: "1",
  eventIds: "server",
  stateResolution: "v1",
  redactionAuth: true,
  enforceKeyValidity: false,
  strictCanonicalJson: false,
  specialAliases: true,
  guardNotificationLevels: false,
  knocking: false,
  restrictedJoins: false,
  redactionKeepsAllow: false,
  redactionKeepsAuthorisedVia: false,
  knockRestricted: false,
  integerPowerLevels: false,
  updatedRedaction: false,
  creatorInContent: true,
  roomIdIsCreateHash: false,
  privilegedCreators: false,
}
const v2: RoomVersion = { ...v1, id: "2", stateResolution: "v2" }
const v3: RoomVersion = { ...v2, id: "3", eventIds: "hash", redactionAuth: false }
const v4: RoomVersion = { ...v3, id: "4", eventIds: "urlSafeHash" }
const v5: RoomVersion = { ...v4, id: "5", enforceKeyValidity: true }
const v6: RoomVersion = {
  ...v5,
  id: "6",
  strictCanonicalJson: true,
  specialAliases: false,
  guardNotificationLevels: true,
}
const v7: RoomVersion = { ...v6, id: "7", knocking: true }
const v8: RoomVersion = { ...v7, id: "8", restrictedJoins: true, redactionKeepsAllow: true }
const v9: RoomVersion = { ...v8, id: "9", redactionKeepsAuthorisedVia: true }
const v10: RoomVersion = { ...v9, id: "10", knockRestricted: true, integerPowerLevels: true }
const v11: RoomVersion = { ...v10, id: "11", updatedRedaction: true, creatorInContent: false }
const v12: RoomVersion = {
  ...v11,
  id: "12",
  stateResolution: "v2.1",
  roomIdIsCreateHash: true,
  privilegedCreators: true,
}

/** Every version that can be created and joined, by its id. */
export const roomVersions: ReadonlyMap<string, RoomVersion> = new Map(
  [v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12].map((version) => [version.id, version]),
)

export const defaultRoomVersion = v12
