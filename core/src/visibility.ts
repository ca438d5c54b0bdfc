/** Which events a member or a visitor may read. Spec: client-server API, "Room History Visibility". */

export interface Circumstances {
  /** The history visibility when the event happened. */
  readonly visibility: string
  /** On a change of the visibility: what it was. The freer of the two counts. */
  readonly visibilityBefore?: string
  /** The reader's membership when the event happened. */
  readonly membership: string
  /** On a change of the reader's own membership: what it was. The closer of the two counts. */
  readonly membershipBefore?: string
  /** The reader joined at some time after the event. */
  readonly joinedSince: boolean
}

export const mayRead = (event: Circumstances): boolean => {
  const { visibility, visibilityBefore, membership, membershipBefore, joinedSince } = event
  const memberships = membershipBefore === undefined ? [membership] : [membership, membershipBefore]
  const visibilities = visibilityBefore === undefined ? [visibility] : [visibility, visibilityBefore]
  return visibilities.some((one) => memberships.some((as) => allows(one, as, joinedSince)))
}

const allows = (visibility: string, membership: string, joinedSince: boolean): boolean => {
  if (visibility === "world_readable" || membership === "join") return true
  if (visibility === "joined") return false
  if (visibility === "invited") return membership === "invite"
  // "shared", and whatever nobody knows, is read as the default.
  return joinedSince
}
