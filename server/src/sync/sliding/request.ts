/** A request of sliding sync, whichever encoding it came in. */
import type { AcceptedConfig, DeployedConfig, Extensions, Filters } from "@biz1/protocol/client/slidingSync"
import type { DeviceId, RoomId, UserId } from "@biz1/protocol/ids"
import type { SyncToken } from "../token.ts"
import { acceptedRequired, deployedRequired, type Required } from "./required.ts"

/** What is wanted of a room. */
export interface RoomConfig {
  readonly timelineLimit: number
  readonly required: Required
}

export interface List extends RoomConfig {
  /** Stretches of the list, both ends with them; undefined for all of it. */
  readonly ranges: ReadonlyArray<readonly [first: number, last: number]> | undefined
  readonly filters: Filters
}

export interface SlidingRequest {
  readonly userId: UserId
  readonly deviceId: DeviceId
  readonly connectionId: string
  readonly since: SyncToken | undefined
  readonly timeoutMs: number
  readonly lists: ReadonlyMap<string, List>
  readonly subscriptions: ReadonlyMap<RoomId, RoomConfig>
  readonly extensions: Extensions
}

const maxTimelineLimit = 500
const capped = (limit: number) => Math.min(limit, maxTimelineLimit)

export const deployedConfig = (config: DeployedConfig, userId: UserId): RoomConfig => ({
  timelineLimit: capped(config.timeline_limit ?? 0),
  required: deployedRequired(config.required_state ?? [], userId),
})

export const acceptedConfig = (config: AcceptedConfig): RoomConfig => ({
  timelineLimit: capped(config.timeline_limit),
  required: acceptedRequired(config.required_state),
})
