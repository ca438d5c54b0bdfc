/**
 * Sync tokens: `s1_<position>_<boot>_<ephemeral>`. The position is the log's; what is not durable (typing, presence)
 * has a counter of its own that starts anew with the process, which `boot` tells. Opaque to clients.
 */
export interface SyncToken {
  readonly pos: number
  readonly boot: string
  readonly ephemeral: number
}

export const formatToken = ({ pos, boot, ephemeral }: SyncToken) => `s1_${pos}_${boot}_${ephemeral}`

export const parseToken = (text: string): SyncToken | undefined => {
  const match = /^s1_(\d{1,15})_([0-9a-z]{1,12})_(\d{1,15})$/.exec(text)
  return match === null ? undefined : { pos: Number(match[1]), boot: match[2]!, ephemeral: Number(match[3]) }
}

/** A place between two events of a room, for paging: after the event with this `roomSeq`. */
export const formatPageToken = (seq: number) => `t1_${seq}`

export const parsePageToken = (text: string): number | undefined => {
  const match = /^t1_(\d{1,15})$/.exec(text)
  return match === null ? undefined : Number(match[1])
}
