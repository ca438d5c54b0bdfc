/**
 * How far each room has been written, by whichever node, as far as this node has heard. An actor that decides on an
 * older state would refuse what has become allowed since, and no commit of it would ever collide and tell it so.
 */
import { Effect } from "effect"
import type { RoomId } from "@biz1/protocol/ids"
import { LogStream } from "../log/LogStream.ts"

/** Of rooms beyond these, those that were quiet longest are forgotten: their actors are out of memory, too. */
const maxRooms = 50_000

/** Gives the `roomSeq` of the room's last event. */
export const writtenRooms = Effect.gen(function* () {
  const stream = yield* LogStream
  const seqs = new Map<RoomId, number>()
  yield* stream.listen(({ entries }) => {
    for (const entry of entries) {
      if (entry.kind !== "event") continue
      const { roomId } = entry.event
      seqs.delete(roomId)
      seqs.set(roomId, entry.roomSeq)
      if (seqs.size > maxRooms) seqs.delete(seqs.keys().next().value!)
    }
  })
  return (roomId: RoomId): number => seqs.get(roomId) ?? 0
})
