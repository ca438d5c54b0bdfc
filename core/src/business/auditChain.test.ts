import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { type AuditEntry, chainFault, GENESIS, sealAudit, type SealedEntry } from "./auditChain.ts"

const entry: fc.Arbitrary<AuditEntry> = fc.record(
  {
    at: fc.nat(),
    actor: fc.string(),
    action: fc.constantFrom("keys.create", "members.join"),
    target: fc.string(),
    details: fc.dictionary(fc.string(), fc.string()),
    reason: fc.string(),
  },
  { requiredKeys: ["at", "actor", "action", "target"] },
)
const chain = fc.array(entry, { minLength: 1, maxLength: 12 }).map((entries) => {
  const sealed: Array<SealedEntry> = []
  for (const one of entries) sealed.push(sealAudit(one, sealed.length + 1, sealed.at(-1)?.hash ?? GENESIS))
  return sealed
})

describe("a chain", () => {
  it("holds, whole and from anywhere in it", () => {
    fc.assert(
      fc.property(chain, fc.nat(), (entries, at) => {
        assert.isUndefined(chainFault(entries))
        const from = at % entries.length
        assert.isUndefined(chainFault(entries.slice(from), entries[from - 1]))
      }),
    )
  })

  it("breaks where an entry was changed, taken out, put in or moved", () => {
    fc.assert(
      fc.property(chain, fc.nat(), (entries, at) => {
        const n = at % entries.length
        const changed = entries.with(n, { ...entries[n]!, target: `${entries[n]!.target}x` })
        assert.strictEqual(chainFault(changed), `Entry ${n + 1} has been changed`)
        // A forger who seals the entry anew is told by the next.
        const { hash: _, ...bare } = entries[n]!
        const forged = entries.with(n, sealAudit({ ...bare, target: `${bare.target}x` }, n + 1, bare.prev))
        assert.strictEqual(
          chainFault(forged),
          n + 1 === entries.length ? undefined : `Entry ${n + 2} does not follow the one before it`,
        )
        if (n + 1 < entries.length) assert.strictEqual(chainFault(entries.toSpliced(n, 1)), `Entry ${n + 1} is missing`)
      }),
    )
  })
})
