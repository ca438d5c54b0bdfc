/** A client's filter for a whole sync, ready to be asked. Spec: client-server API, "Filtering". */
import type { Filter } from "@biz1/protocol/filter"
import { type PickFields, pickFields } from "./eventFields.ts"
import { accepting, type Accepts } from "./filter.ts"

export interface SyncFilter {
  readonly timelineLimit: number
  readonly timeline: Accepts
  readonly state: Accepts
  readonly ephemeral: Accepts
  readonly roomAccountData: Accepts
  readonly accountData: Accepts
  readonly presence: Accepts
  readonly lazyMembers: boolean
  readonly redundantMembers: boolean
  readonly includeLeave: boolean
  /** Threads are counted beside the room instead of with it. */
  readonly threadCounts: boolean
  readonly room: (roomId: string) => boolean
  /** The fields of events that are wanted, where not all are. */
  readonly fields: PickFields | undefined
}

const defaultTimelineLimit = 10
const maxTimelineLimit = 500

export const syncFilter = (filter: Filter): SyncFilter => {
  const { room, event_fields: fields } = filter
  return {
    timelineLimit: Math.min(room?.timeline?.limit ?? defaultTimelineLimit, maxTimelineLimit),
    timeline: accepting(room?.timeline),
    state: accepting(room?.state),
    ephemeral: accepting(room?.ephemeral),
    roomAccountData: accepting(room?.account_data),
    accountData: accepting(filter.account_data),
    presence: accepting(filter.presence),
    lazyMembers: [room?.state, room?.timeline].some((part) => part?.lazy_load_members === true),
    redundantMembers: [room?.state, room?.timeline].some((part) => part?.include_redundant_members === true),
    includeLeave: room?.include_leave === true,
    threadCounts: room?.timeline?.unread_thread_notifications === true,
    room: (roomId) =>
      (room?.rooms === undefined || room.rooms.includes(roomId)) && room?.not_rooms?.includes(roomId) !== true,
    fields: pickFields(fields),
  }
}
