import { Effect } from "effect"
import { type Identity, normalAddress } from "@biz1/core/business/identity"
import { isStaff } from "@biz1/core/business/roles"
import { DEFAULT_PAGE } from "@biz1/protocol/business/api"
import * as contract from "@biz1/protocol/business/customers"
import { Forbidden, NotFound } from "@biz1/protocol/errors"
import { handler } from "../../http/Handler.ts"
import { type Caller, callerId, checkPermission } from "../api/Caller.ts"
import { cursorOf, readCursor } from "../api/cursor.ts"
import { Records } from "../records/Records.ts"
import { seesWhole } from "../records/shown.ts"
import { Customers } from "./Customers.ts"

const time = (ms: number) => new Date(ms).toISOString()

const kept = ({ channel, account, address }: Identity): Identity => ({
  channel,
  account,
  address: normalAddress(channel, address),
})

/** Whose address is whose is known to the organisation's own people alone. */
const checkStaff = (caller: Caller) =>
  caller.kind === "key" || isStaff(caller.person)
    ? Effect.void
    : Effect.fail(new Forbidden({ error: "This is for the organisation's own people" }))

/** Who sees a customer whole sees their addresses. */
const checkSeen = Effect.fnUntraced(function* (caller: Caller, id: string) {
  const record = yield* (yield* Records).find(yield* (yield* Customers).current({ type: "customer", id }))
  if (record === undefined) return yield* new NotFound({ error: `There is no customer ${id}` })
  if (!seesWhole(caller, record)) return yield* new Forbidden({ error: "You may not see all of this customer" })
})

/** A page that is full may have another behind it. */
const paged = <Item, Shown>(
  found: ReadonlyArray<Item>,
  limit: number,
  place: (item: Item) => number,
  shown: (item: Item) => Shown,
) => ({
  items: found.map(shown),
  ...(found.length < limit ? {} : { next: cursorOf([place(found.at(-1)!)]) }),
})

export const putIdentity = handler(
  contract.putIdentity,
  Effect.fnUntraced(function* ({ params: { id, ...given }, caller }) {
    yield* checkPermission(caller, "work")
    const identity = kept(given)
    const { added, customer, others } = yield* (yield* Customers).addIdentity(id, identity, callerId(caller))
    return { result: added ? ("added" as const) : ("unchanged" as const), customer, ...identity, others }
  }),
)

export const deleteIdentity = handler(
  contract.deleteIdentity,
  Effect.fnUntraced(function* ({ params: { id, ...given }, caller }) {
    yield* checkPermission(caller, "work")
    const removed = yield* (yield* Customers).removeIdentity(id, kept(given), callerId(caller))
    return { result: removed ? ("deleted" as const) : ("unchanged" as const) }
  }),
)

export const listIdentities = handler(
  contract.listIdentities,
  Effect.fnUntraced(function* ({ params: { id }, query, caller }) {
    yield* checkSeen(caller, id)
    const limit = query.limit ?? DEFAULT_PAGE
    const cursor = yield* readCursor(query.after, 1)
    const found = yield* (yield* Customers).identities(id, { after: cursor?.[0], limit })
    return paged(
      found,
      limit,
      ({ pos }) => pos,
      ({ channel, account, address, at }) => ({ channel, account, address, since: time(at) }),
    )
  }),
)

export const getIdentity = handler(
  contract.getIdentity,
  Effect.fnUntraced(function* ({ params: { id, ...given }, caller }) {
    yield* checkSeen(caller, id)
    const found = yield* (yield* Customers).identity(id, kept(given))
    if (found === undefined) return yield* new NotFound({ error: "The customer has no such address" })
    const { customer, channel, account, address, at } = found
    return { customer, channel, account, address, since: time(at) }
  }),
)

export const findIdentity = handler(
  contract.findIdentity,
  Effect.fnUntraced(function* ({ query: { channel, account, address }, caller }) {
    yield* checkStaff(caller)
    const addresses = typeof address === "string" ? [address] : address
    const [first, ...others] = yield* (yield* Customers).find({ channel, account, addresses })
    if (first === undefined) return yield* new NotFound({ error: "Nobody is known by this address" })
    return { ...first, others: others.map(({ customer }) => customer) }
  }),
)

export const listMergeCandidates = handler(
  contract.listMergeCandidates,
  Effect.fnUntraced(function* ({ query, caller }) {
    yield* checkStaff(caller)
    const limit = query.limit ?? DEFAULT_PAGE
    const cursor = yield* readCursor(query.after, 1)
    const found = yield* (yield* Customers).candidates({ after: cursor?.[0], limit })
    return paged(
      found,
      limit,
      ({ id }) => id,
      ({ customers, by, identity, at }) => ({ customers, by, ...identity, since: time(at) }),
    )
  }),
)

export const mergeCustomers = handler(
  contract.mergeCustomers,
  Effect.fnUntraced(function* ({ body, caller }) {
    yield* checkPermission(caller, "work")
    const { id, winner, loser } = yield* (yield* Customers).merge(body, callerId(caller))
    return { id, winner, loser }
  }),
)

export const undoMerge = handler(
  contract.undoMerge,
  Effect.fnUntraced(function* ({ params: { id }, caller }) {
    yield* checkPermission(caller, "work")
    const undone = yield* (yield* Customers).undo(id, callerId(caller))
    return { result: undone ? ("undone" as const) : ("unchanged" as const) }
  }),
)

export const listMerges = handler(
  contract.listMerges,
  Effect.fnUntraced(function* ({ query, caller }) {
    yield* checkStaff(caller)
    const limit = query.limit ?? DEFAULT_PAGE
    const cursor = yield* readCursor(query.after, 1)
    const found = yield* (yield* Customers).merges({ customer: query.customer, after: cursor?.[0], limit })
    return paged(
      found,
      limit,
      ({ id }) => id,
      ({ id, winner, loser, at, undone }) => ({ id, winner, loser, at: time(at), undone }),
    )
  }),
)
