/**
 * Sync tokens: `s1_<position>_<boot>_<ephemeral>`. The position is the log's; what is not durable (typing, presence)
 * has a counter of its own that starts anew with the process, which `boot` tells. Where not all messages for the device
 * went into one answer, `_<position>` of the last one follows; in sliding sync, `~<serial>` of what the connection had
 * been told. Opaque to clients.
 */
export interface SyncToken {
  readonly pos: number
  readonly boot: string
  readonly ephemeral: number
  /** The messages for the device up to here were in the answer; undefined for all up to `pos`. */
  readonly toDevice?: number | undefined
  readonly connection?: number | undefined
}

const suffix = (mark: string, number: number | undefined) => (number === undefined ? "" : mark + String(number))

export const formatToken = ({ pos, boot, ephemeral, toDevice, connection }: SyncToken) =>
  `s1_${pos}_${boot}_${ephemeral}${suffix("_", toDevice)}${suffix("~", connection)}`

export const parseToken = (text: string): SyncToken | undefined => {
  const match = /^s1_(\d{1,15})_([0-9a-z]{1,12})_(\d{1,15})(?:_(\d{1,15}))?(?:~(\d{1,15}))?$/.exec(text)
  if (match === null) return undefined
  const [, pos, boot = "", ephemeral, toDevice, connection] = match
  const optional = (digits: string | undefined) => (digits === undefined ? undefined : Number(digits))
  return {
    pos: Number(pos),
    boot,
    ephemeral: Number(ephemeral),
    toDevice: optional(toDevice),
    connection: optional(connection),
  }
}

/** A place between two events of a room, for paging: after the event with this `roomSeq`. */
export const formatPageToken = (seq: number) => `t1_${seq}`

export const parsePageToken = (text: string): number | undefined => {
  const match = /^t1_(\d{1,15})$/.exec(text)
  return match === null ? undefined : Number(match[1])
}
