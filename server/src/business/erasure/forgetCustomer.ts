/** What a customer is beside conversations: a record with all its versions, addresses, proposals, and rooms' descriptions. */
import { Clock, Effect } from "effect"
import { PgClient } from "@effect/sql-pg"
import type { Link } from "@biz1/core/business/links"
import { everyLinkAnew } from "@biz1/core/business/mergedLinks"
import type { RecordBody } from "@biz1/protocol/business/records"
import type { RoomId } from "@biz1/protocol/ids"
import { Conversations } from "../../conversation/Conversations.ts"
import type { Draft } from "../../conversation/decide.ts"
import { texts } from "../../store/columns.ts"
import { RoomViews } from "../../sync/RoomViews.ts"
import { BusinessConversations } from "../conversations/BusinessConversations.ts"
import { ConversationStore } from "../conversations/ConversationStore.ts"
import { Links } from "../conversations/Links.ts"
import { linkTo, type Subject, subjectOf } from "../conversations/opening.ts"
import { Customers } from "../customers/Customers.ts"
import { Records } from "../records/Records.ts"
import { described, type Traces } from "./traces.ts"

const title = "Erased customer"

/** Rooms are called after nobody, and links say nothing, before what said more is redacted. */
export const forgetDescriptions = Effect.fnUntraced(function* ({ customers, own }: Traces) {
  const records = yield* Records
  const links = yield* Links
  const conversations = yield* Conversations
  const { serviceUser } = yield* BusinessConversations
  const { linkedWith } = yield* ConversationStore
  const bare = new Map<string, Subject>()
  for (const id of customers) {
    const record = yield* records.find({ type: "customer", id })
    if (record === undefined) continue
    const body = yield* forgetRecord(id, record.body, record.deletedTs !== undefined)
    bare.set(id, subjectOf({ ...record, body }))
  }
  // A link with who has been merged into them is within theirs.
  const forgotten = (link: Link): Link => {
    const subject = link.type === "customer" ? bare.get(link.id) : undefined
    return subject === undefined ? link : linkTo(subject, link.role, Number(link.disclosed["since"]))
  }
  const rooms = yield* Effect.forEach(bare.keys(), (id) => linkedWith({ type: "customer", id }))
  for (const roomId of new Set(rooms.flat())) {
    yield* links.change(roomId, (all) =>
      all.map((link) => (forgotten(link) === link ? link : everyLinkAnew(link, forgotten))),
    )
  }
  const ts = yield* Clock.currentTimeMillis
  for (const roomId of own) {
    const drafts = yield* plainDescriptions(roomId)
    if (drafts.length > 0) yield* conversations.send(roomId, { sender: serviceUser, drafts, platform: true, ts })
  }
})

const plainDescriptions = Effect.fnUntraced(function* (roomId: RoomId) {
  const room = yield* (yield* RoomViews).get(roomId)
  return described.flatMap((type): ReadonlyArray<Draft> => {
    const content = room?.state.get(type, "")?.content
    if (content === undefined) return []
    if (type === "m.room.name") return [{ type, stateKey: "", content: { name: title } }]
    if (type === "m.room.topic" || type === "m.room.avatar") return [{ type, stateKey: "", content: {} }]
    const { title: _, ...kept } = content
    return [{ type, stateKey: "", content: kept }]
  })
})

/** A last version that says nothing stands in the place of all that were before it. */
const forgetRecord = Effect.fnUntraced(function* (id: string, before: RecordBody, deleted: boolean) {
  const sql = yield* PgClient.PgClient
  const records = yield* Records
  // Who works for the customer goes on being in its conversations.
  const people = before.people?.filter(({ user }) => user !== undefined) ?? []
  const bare: RecordBody = {
    title,
    people,
    status: "erased",
    statusKind: "cancelled",
    version: before.title === title ? before.version : before.version + 1,
    occurredAt: before.title === title ? before.occurredAt : new Date(yield* Clock.currentTimeMillis).toISOString(),
  }
  if (!deleted || before.title !== title) {
    yield* records.upsert([{ type: "customer", id, body: bare }], "erasure")
    yield* records.remove({ type: "customer", id }, "erasure")
  }
  yield* sql`UPDATE business_log SET data = (data::jsonb || jsonb_build_object('record', ${JSON.stringify(bare)}::jsonb
        || jsonb_build_object('version', data::jsonb->'record'->'version'))
      )::text
    WHERE subject = ${`record/customer/${id}`} AND data::jsonb ? 'record'`.pipe(Effect.orDie)
  yield* Effect.orDie(sql`DELETE FROM webhook_deliveries WHERE subject IN (${`record/customer/${id}`}, ${`customer/${id}`})
    AND strpos(body, ${JSON.stringify(title)}) = 0`)
  return bare
})

/** What was to be said later is not said any more. */
export const forgetDrafts = Effect.fnUntraced(function* ({ own }: Traces) {
  const sql = yield* PgClient.PgClient
  yield* Effect.orDie(sql`DELETE FROM delayed_events WHERE room_id = ANY(${texts(own)}::text[])`)
})

/** Gives how many addresses there were. */
export const forgetAddresses = Effect.fnUntraced(function* ({ customers }: Traces) {
  const sql = yield* PgClient.PgClient
  const store = yield* Customers
  const names = texts(customers)
  let count = 0
  for (const customer of customers) {
    for (;;) {
      const identities = yield* store.identities(customer, { after: undefined, limit: 100 })
      for (const identity of identities) yield* store.removeIdentity(customer, identity, "erasure")
      count += identities.length
      if (identities.length < 100) break
    }
  }
  yield* Effect.orDie(sql`UPDATE business_log SET data = (data::jsonb || '{"address":""}')::text
    WHERE subject = ANY(SELECT 'customer/' || name FROM unnest(${names}::text[]) AS name) AND data::jsonb ? 'address'`)
  yield* Effect.orDie(
    sql`DELETE FROM merge_candidates WHERE one = ANY(${names}::text[]) OR other = ANY(${names}::text[])`,
  )
  return count
})
