/** What a room's state is where several states meet. Spec: `rooms/v*`, "State resolution". */
import type { EventId } from "@biz1/protocol/ids"
import type { RoomVersion } from "../roomVersion.ts"
import type { Lookup } from "./authChain.ts"
import { resolveV1 } from "./resolveV1.ts"
import { resolveV2 } from "./resolveV2.ts"
import type { StateMap } from "./StateMap.ts"

/**
 * Neither the order of the state sets nor how often one is given matters. `lookup` must know the events of all state
 * sets and their auth chains; signatures were checked when the events came in. `isRejected` tells of events that a
 * check on receipt has rejected.
 */
export const resolve = (
  version: RoomVersion,
  stateSets: ReadonlyArray<StateMap>,
  lookup: Lookup,
  isRejected: (eventId: EventId) => boolean = () => false,
): StateMap =>
  version.stateResolution === "v1"
    ? resolveV1(version, stateSets, lookup)
    : resolveV2(version, stateSets, lookup, isRejected)
