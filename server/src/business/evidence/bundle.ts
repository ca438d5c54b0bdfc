/** Puts evidence together: an archive whose list of files, with their hashes, the server signs. */
import { createHash } from "node:crypto"
import { Readable } from "node:stream"
import { buffer } from "node:stream/consumers"
import { createGzip } from "node:zlib"
import { Clock, Effect } from "effect"
import { type Shown, verdictOf } from "@biz1/core/business/evidence"
import type { RoomVersion } from "@biz1/core/roomVersion"
import { signJson } from "@biz1/core/signatures"
import type { RoomId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"
import { Signing } from "../../conversation/Signing.ts"
import { serverKeys } from "../../federation/serverKeys.ts"
import type { EventEntry } from "../../log/LogEntry.ts"
import { tar } from "../export/tar.ts"
import { aboutAt, authChainOf, changesOf } from "./gather.ts"
import { readablePage } from "./readable.ts"
import { VERIFIER } from "./verifier.ts"

/** What is said beside an event is not signed and proves nothing. */
const shownOf = ({ event }: EventEntry): Shown => {
  const { unsigned: _, ...pdu } = event.pdu as unknown as JsonObject
  return { eventId: event.eventId, pdu }
}

const pretty = (value: unknown) => Buffer.from(`${JSON.stringify(value, undefined, 1)}\n`)

const archived = (files: ReadonlyMap<string, Buffer>, madeTs: number) => {
  async function* members() {
    for (const [name, bytes] of files) yield { name: `evidence/${name}`, sizeBytes: bytes.length, bytes: [bytes] }
  }
  return buffer(Readable.from(tar(members(), madeTs)).pipe(createGzip()))
}

export const bundleOf = Effect.fnUntraced(function* (
  roomId: RoomId,
  version: RoomVersion,
  chosen: ReadonlyArray<EventEntry>,
) {
  const { serverName, key } = yield* Signing
  const keys = yield* serverKeys
  const now = yield* Clock.currentTimeMillis
  const { about, linkEvents } = yield* aboutAt(chosen)
  const known = new Set(chosen.map(({ event }) => event.eventId))
  const shown = [...chosen, ...linkEvents.filter(({ event }) => !known.has(event.eventId))]
  const all = [...shown, ...(yield* changesOf(roomId, shown))]
  const chain = yield* authChainOf(all)

  const { verify_keys: current, old_verify_keys: old } = keys as Record<string, Record<string, { key: string }>>
  const publicKeys = Object.entries({ ...old, ...current }).map(([keyId, one]) => [keyId, one.key] as const)
  const events = all.map(shownOf)
  const evidence = { version, roomId, keys: { [serverName]: Object.fromEntries(publicKeys) }, events }
  const items = chosen.map((entry) => ({ entry, verdict: verdictOf(shownOf(entry), evidence) }))
  const files = new Map([
    ["events.json", pretty({ roomId, roomVersion: version.id, events, authChain: chain.map(shownOf) })],
    ["records.json", pretty({ about })],
    ["server-keys.json", pretty({ [serverName]: keys })],
    ["index.html", Buffer.from(readablePage(`Evidence of ${roomId}`, items))],
    ["verify.mjs", Buffer.from(VERIFIER)],
  ])
  const hashes = [...files].map(([name, bytes]) => [name, createHash("sha256").update(bytes).digest("hex")] as const)
  const manifest = {
    server: serverName,
    roomId,
    madeAt: new Date(now).toISOString(),
    files: Object.fromEntries(hashes),
  }
  files.set("manifest.json", pretty(signJson(manifest, serverName, key)))
  return yield* Effect.promise(() => archived(files, now))
})
