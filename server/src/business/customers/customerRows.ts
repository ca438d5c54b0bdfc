/** Addresses of customers, merges and those that are proposed, as they stand in their tables. */
import type { Found, Hit, Identity } from "@biz1/core/business/identity"

export interface KeptIdentity extends Found {
  readonly pos: number
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface Merge {
  readonly id: number
  readonly winner: string
  readonly loser: string
  readonly at: number
  readonly undone: boolean
}

export interface Candidate {
  readonly id: number
  readonly customers: readonly [string, string]
  readonly by: Hit["by"]
  readonly identity: Identity
  readonly at: number
}

type Row = Readonly<Record<string, unknown>>

const identityIn = (row: Row): Identity => ({
  channel: String(row["channel"]),
  account: String(row["account"]),
  address: String(row["address"]),
})

export const decodeIdentity = (row: Row): KeptIdentity => ({
  ...identityIn(row),
  customer: String(row["customer"]),
  pos: Number(row["pos"]),
  at: Number(row["at"]),
})

export const decodeMerge = (row: Row): Merge => ({
  id: Number(row["id"]),
  winner: String(row["winner"]),
  loser: String(row["loser"]),
  at: Number(row["at"]),
  undone: row["undone"] === true,
})

export const decodeCandidate = (row: Row): Candidate => ({
  id: Number(row["id"]),
  customers: [String(row["one"]), String(row["other"])],
  by: row["match"] as Hit["by"],
  identity: identityIn(row),
  at: Number(row["at"]),
})
