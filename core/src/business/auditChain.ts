/**
 * The chain of the audit trail: each entry holds the hash of the one before it, so that none can be changed, taken out
 * or put in without all that follow telling. Hashes are SHA-256 of canonical JSON, in hex.
 */
import { createHash } from "node:crypto"
import type { JsonObject } from "@biz1/protocol/json"
import { canonicalJson } from "../canonicalJson.ts"

/** What is recorded. Whole numbers and text only, never what people wrote, never a secret. */
export interface AuditEntry {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Who: a user, a key, the platform itself. */
  readonly actor: string
  readonly role?: string
  readonly ip?: string
  readonly action: string
  readonly target: string
  readonly details?: JsonObject
  readonly reason?: string
  /** What brought it about: an event, a request. */
  readonly cause?: string
}

export interface SealedEntry extends AuditEntry {
  /** Counts from 1 without a gap. */
  readonly seq: number
  readonly prev: string
  readonly hash: string
}

/** What stands before the first entry. */
export const GENESIS = "0".repeat(64)

export const sealAudit = (entry: AuditEntry, seq: number, prev: string): SealedEntry => {
  const numbered = { ...entry, seq, prev }
  return { ...numbered, hash: hashOf(numbered) }
}

const hashOf = (entry: object): string =>
  createHash("sha256")
    .update(canonicalJson(entry as JsonObject))
    .digest("hex")

/** What is wrong with a piece of the chain that follows `from`, in a sentence; undefined where it holds. */
export const chainFault = (
  entries: ReadonlyArray<SealedEntry>,
  from: { readonly seq: number; readonly hash: string } = { seq: 0, hash: GENESIS },
): string | undefined => {
  let before = from
  for (const entry of entries) {
    const { hash, ...hashed } = entry
    if (entry.seq !== before.seq + 1) return `Entry ${before.seq + 1} is missing`
    if (entry.prev !== before.hash) return `Entry ${entry.seq} does not follow the one before it`
    if (hashOf(hashed) !== hash) return `Entry ${entry.seq} has been changed`
    before = entry
  }
  return undefined
}
