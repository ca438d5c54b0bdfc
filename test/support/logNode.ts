/** The log alone, as one node has it: writer, stream and reader on a database, without anything that stands on them. */
import { Layer } from "effect"
import type { EventId, RoomId } from "@biz1/protocol/ids"
import type { Pdu } from "@biz1/protocol/pdu"
import { Bus } from "@biz1/server/bus/Bus"
import { ServerConfig } from "@biz1/server/config"
import { EventLog } from "@biz1/server/log/EventLog"
import type { EventWrite } from "@biz1/server/log/LogEntry"
import { LogReader } from "@biz1/server/log/LogReader"
import { LogStream } from "@biz1/server/log/LogStream"
import { Metrics } from "@biz1/server/operations/Metrics"
import * as Database from "@biz1/server/store/Database"
import { eventOf } from "@biz1/server/store/eventRow"

/** Its bus reaches nobody: what other nodes commit it finds out by itself. */
export const logNode = (databaseUrl: string) =>
  EventLog.layer.pipe(
    Layer.provideMerge(LogStream.layer),
    Layer.provideMerge(LogReader.layer),
    Layer.provide(Layer.mergeAll(Bus.layerInProcess, Metrics.layer)),
    Layer.provideMerge(Layer.fresh(Database.layer)),
    Layer.provide(ServerConfig.layer({ DATABASE_URL: databaseUrl })),
  )

export interface Message {
  readonly roomId: string
  readonly roomSeq: number
  readonly txn?: string
  readonly eventId?: string
}

/** A message at its place in its room, with as much in it as the log looks at. */
export const message = ({ roomId, roomSeq, txn, eventId = `$${roomId}/${roomSeq}` }: Message): EventWrite => {
  const pdu: Omit<Pdu, "state_key"> = {
    type: "m.room.message",
    sender: "@writer:test.example",
    room_id: roomId,
    content: { body: `${roomSeq}` },
    origin_server_ts: 1,
    depth: roomSeq,
    prev_events: [],
    auth_events: [],
    hashes: { sha256: "" },
    signatures: {},
    unsigned: {},
  }
  return {
    kind: "event",
    event: eventOf(pdu as Pdu, eventId as EventId, roomId as RoomId, undefined),
    json: JSON.stringify(pdu),
    roomSeq,
    stateGroup: 1,
    newGroup: undefined,
    uniqueKey: undefined,
    records: [],
    current: false,
    extremities: undefined,
    createsRoom: undefined,
    txn,
    redactedBy: undefined,
    applies: undefined,
    replaces: undefined,
  }
}
