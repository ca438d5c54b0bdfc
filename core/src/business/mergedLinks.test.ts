import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { keyText, type Link, linksContent, linksOf } from "./links.ts"
import { everyLinkAnew, holdingOn, mergedLinks, unmergedLinks } from "./mergedLinks.ts"

const ids = ["a", "b", "c", "d"] as const
const linkTo = (id: string, role: Link["role"], title: string): Link => ({
  type: "customer",
  id,
  role,
  disclosed: { role, title, version: 1 },
})
const fresh = (id: string) => (moved: Link) => linkTo(id, moved.role, `new ${id}`)
const links = fc
  .uniqueArray(fc.record({ id: fc.constantFrom(...ids, "invoice"), role: fc.constantFrom("primary", "related") }), {
    selector: ({ id }) => id,
  })
  .map((all) => all.map(({ id, role }) => ({ ...linkTo(id, role, id), type: id === "invoice" ? id : "customer" })))

/** As they stand in a state event, in which order says nothing. */
const told = (all: ReadonlyArray<Link>) => linksContent(all)
/** Through the event and back. */
const stored = (all: ReadonlyArray<Link>) => linksOf(linksContent(all))

const merge = (all: ReadonlyArray<Link>, winner: string, loser: string) =>
  stored(mergedLinks(all, { winner, loser }, fresh(winner)))
const undo = (all: ReadonlyArray<Link>, winner: string, loser: string) => stored(unmergedLinks(all, { winner, loser }))

describe("links of merged customers", () => {
  it("are as they were when the merge is undone", () => {
    fc.assert(
      fc.property(links, (all) => {
        expect(told(undo(merge(all, "a", "b"), "a", "b"))).toEqual(told(all))
      }),
    )
  })

  it("go to the winner where the loser had one, and only there", () => {
    fc.assert(
      fc.property(links, (all) => {
        const keys = new Set(all.map(keyText))
        const had = keys.delete("customer/b")
        if (had) keys.add("customer/a")
        expect(new Set(merge(all, "a", "b").map(keyText))).toEqual(keys)
      }),
    )
  })

  it("are as they were after two merges into one, undone in either order", () => {
    fc.assert(
      fc.property(links, fc.boolean(), (all, swapped) => {
        const both = merge(merge(all, "a", "b"), "a", "c")
        const [first, second] = swapped ? ["b", "c"] : ["c", "b"]
        expect(told(undo(undo(both, "a", first!), "a", second!))).toEqual(told(all))
        expect(told(undo(both, "a", "b"))).toEqual(told(merge(all, "a", "c")))
      }),
    )
  })

  it("are as they were after a merge of the winner, both undone", () => {
    fc.assert(
      fc.property(links, (all) => {
        const chain = merge(merge(all, "a", "b"), "d", "a")
        expect(told(undo(chain, "d", "a"))).toEqual(told(merge(all, "a", "b")))
        expect(told(undo(undo(chain, "d", "a"), "a", "b"))).toEqual(told(all))
      }),
    )
  })

  it("change nothing the second time", () => {
    fc.assert(
      fc.property(links, (all) => {
        const once = merge(all, "a", "b")
        expect(mergedLinks(once, { winner: "a", loser: "b" }, fresh("a"))).toBe(once)
        const undone = undo(once, "a", "b")
        expect(unmergedLinks(undone, { winner: "a", loser: "b" })).toBe(undone)
      }),
    )
  })

  it("keep what they hold when the winner is linked anew, and stay away when it is unlinked", () => {
    const all = [linkTo("b", "primary", "b")]
    const once = merge(all, "a", "b")
    const anew = stored([holdingOn(linkTo("a", "related", "anew"), once[0])])
    expect(told(undo(anew, "a", "b"))).toEqual(told([linkTo("a", "related", "anew"), ...all]))
    expect(unmergedLinks([], { winner: "a", loser: "b" })).toEqual([])
  })

  it("are made anew with all that went into them, and undone as they are then", () => {
    const bare = (link: Link): Link => ({ ...link, disclosed: { role: link.role } })
    fc.assert(
      fc.property(links, (all) => {
        const anew = merge(merge(all, "a", "b"), "d", "a").map((link) => everyLinkAnew(link, bare))
        expect(JSON.stringify(linksContent(anew))).not.toContain("title")
        expect(told(undo(undo(stored(anew), "d", "a"), "a", "b"))).toEqual(told(all.map(bare)))
      }),
    )
  })

  it("make the winner what the conversation is about where the loser was", () => {
    const [link] = merge([linkTo("a", "related", "a"), linkTo("b", "primary", "b")], "a", "b")
    expect(link).toMatchObject({ id: "a", role: "primary" })
  })
})
