/** Who the customers are: the addresses that they write from, and two that turned out to be one. */
import { Schema } from "effect"
import { NaturalFromString } from "../Endpoint.ts"
import { shortText } from "../text.ts"
import { apiEndpoint, page, pageQuery, Time } from "./api.ts"
import { RecordId } from "./records.ts"

const Channel = Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9_.-]{0,63}$/))
/** The organisation's own number or mailbox on that channel; `-` where it has none, as on Matrix. */
const Account = shortText(200).check(Schema.isMinLength(1))
const Address = shortText(300).check(Schema.isMinLength(1))

const identity = { channel: Channel, account: Account, address: Address }

/** How an address was found to be a customer's, from the surest to the least sure. */
export const MATCHES = ["exact", "bsuid", "address", "national"] as const

/** Every address is one customer's. It is kept in one form however it is written: numbers as E.164. */
export const Identity = Schema.Struct(identity)

const params = { id: RecordId, ...identity }

/**
 * Conflicts where another customer has the address: then, and where it looks like another's, the two are proposed for a
 * merge.
 */
export const putIdentity = apiEndpoint({
  operationId: "putCustomerIdentity",
  method: "PUT",
  path: "/customers/:id/identities/:channel/:account/:address",
  scope: "customers:write",
  params,
  success: Schema.Struct({
    result: Schema.Literals(["added", "unchanged"]),
    /** Whose it is now: another where this customer has been merged into that one. */
    customer: RecordId,
    ...identity,
    /** Customers who look like the same person. */
    others: Schema.Array(RecordId),
  }),
})

export const deleteIdentity = apiEndpoint({
  operationId: "deleteCustomerIdentity",
  method: "DELETE",
  path: "/customers/:id/identities/:channel/:account/:address",
  scope: "customers:write",
  params,
  success: Schema.Struct({ result: Schema.Literals(["deleted", "unchanged"]) }),
})

/** The oldest first. */
export const listIdentities = apiEndpoint({
  operationId: "listCustomerIdentities",
  method: "GET",
  path: "/customers/:id/identities",
  scope: "customers:read",
  params: { id: RecordId },
  query: pageQuery,
  success: page(Schema.Struct({ ...identity, since: Time })),
})

export const getIdentity = apiEndpoint({
  operationId: "getCustomerIdentity",
  method: "GET",
  path: "/customers/:id/identities/:channel/:account/:address",
  scope: "customers:read",
  params,
  success: Schema.Struct({ customer: RecordId, ...identity, since: Time }),
})

/**
 * Whose the addresses of one message are: the first as it is, then WhatsApp's ids, then numbers and mailboxes at any of
 * our accounts, then numbers as their country writes them in another way. Others whom they fit are proposed for a merge.
 */
export const findIdentity = apiEndpoint({
  operationId: "findCustomerByIdentity",
  method: "GET",
  path: "/identities",
  scope: "customers:read",
  query: {
    channel: Channel,
    account: Account,
    address: Schema.Union([Address, Schema.Array(Address).check(Schema.isMaxLength(5))]),
  },
  success: Schema.Struct({ customer: RecordId, by: Schema.Literals(MATCHES), others: Schema.Array(RecordId) }),
})

export const listMergeCandidates = apiEndpoint({
  operationId: "listMergeCandidates",
  method: "GET",
  path: "/merge-candidates",
  scope: "customers:read",
  query: pageQuery,
  success: page(
    Schema.Struct({
      customers: Schema.Array(RecordId),
      by: Schema.Literals(MATCHES),
      /** What they have in common. */
      ...identity,
      since: Time,
    }),
  ),
})

/**
 * One customer becomes another name of the other. What is asked for by it is answered of the winner, and conversations
 * that were linked with it are linked with the winner; nothing of either is lost. Asking again changes nothing.
 */
export const mergeCustomers = apiEndpoint({
  operationId: "mergeCustomers",
  method: "POST",
  path: "/customers::merge",
  scope: "customers:write",
  body: Schema.Struct({ winner: RecordId, loser: RecordId }),
  success: Schema.Struct({ id: Schema.Natural, winner: RecordId, loser: RecordId }),
})

/** What the merge moved goes back; what came since stays with the winner. Merges of the winner are undone before. */
export const undoMerge = apiEndpoint({
  operationId: "undoMerge",
  method: "POST",
  path: "/merges/:id::undo",
  scope: "customers:write",
  params: { id: NaturalFromString },
  success: Schema.Struct({ result: Schema.Literals(["undone", "unchanged"]) }),
})

/** The newest first, those of one customer or of all. */
export const listMerges = apiEndpoint({
  operationId: "listMerges",
  method: "GET",
  path: "/merges",
  scope: "customers:read",
  query: { ...pageQuery, customer: Schema.optionalKey(RecordId) },
  success: page(
    Schema.Struct({
      id: Schema.Natural,
      winner: RecordId,
      loser: RecordId,
      at: Time,
      undone: Schema.Boolean,
    }),
  ),
})
