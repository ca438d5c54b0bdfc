/** Customers and their merges as a list of who is whose: what the server's have to come to. */
import fc from "fast-check"

export type CustomerStep =
  | { readonly kind: "merge"; readonly winner: number; readonly loser: number }
  | { readonly kind: "undo"; readonly which: number }
  | { readonly kind: "add"; readonly customer: number }
  | { readonly kind: "remove"; readonly which: number }

export const customerCount = 4
const someone = fc.nat(customerCount - 1)
export const customerStep: fc.Arbitrary<CustomerStep> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("merge" as const), winner: someone, loser: someone }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("undo" as const), which: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("add" as const), customer: someone }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), which: fc.nat(5) }) },
)

export class CustomerModel {
  /** In their order; of those that stand the loser is another name of the winner. */
  readonly merges: Array<{ readonly winner: number; readonly loser: number; stands: boolean }> = []
  /** Who had each address when it came. */
  readonly owners = new Map<string, number>()

  private above(n: number) {
    return this.merges.find(({ loser, stands }) => stands && loser === n)
  }

  rootOf(n: number): number {
    const above = this.above(n)
    return above === undefined ? n : this.rootOf(above.winner)
  }

  addressesOf(n: number): ReadonlyArray<string> {
    return [...this.owners].flatMap(([address, by]) => (this.rootOf(by) === this.rootOf(n) ? [address] : [])).sort()
  }

  merge(winner: number, loser: number): "400" | "409" | "merged" | "stands" {
    if (winner === loser) return "400"
    if (this.above(loser)?.winner === winner) return "stands"
    if (this.above(loser) !== undefined || this.above(winner) !== undefined) return "409"
    this.merges.push({ winner, loser, stands: true })
    return "merged"
  }

  undo(which: number): "unchanged" | "409" | "undone" {
    const merge = this.merges[which]!
    if (!merge.stands) return "unchanged"
    if (this.above(merge.winner) !== undefined) return "409"
    merge.stands = false
    return "undone"
  }
}
