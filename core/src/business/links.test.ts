import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { RECORDS } from "@biz1/protocol/business/names"
import type { JsonObject } from "@biz1/protocol/json"
import { contextOf, type Link, linksContent, linksOf, MAX_LINKS } from "./links.ts"

const key = fc.record({
  type: fc.stringMatching(/^[a-z][a-z0-9_.-]{0,8}$/),
  id: fc.stringMatching(/^[^\0]{1,12}$/),
})
const link = fc.record({
  key,
  role: fc.constantFrom("primary" as const, "related" as const),
  title: fc.string(),
})

describe("links", () => {
  it("are read as they were written, whatever their ids hold", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(link, { selector: ({ key: { type, id } }) => `${type}/${id}`, maxLength: 20 }),
        (given) => {
          const links = given.map(({ key: { type, id }, role, title }) => ({
            type,
            id,
            role,
            disclosed: { title, role },
          }))
          const sorted = (all: ReadonlyArray<Link>) =>
            all.toSorted((a, b) => (`${a.type}/${a.id}` < `${b.type}/${b.id}` ? -1 : 1))
          assert.deepStrictEqual(sorted([...linksOf(linksContent(links))]), sorted(links))
        },
      ),
    )
  })

  it("are found in anything that other servers write, without failing", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (links) => {
        for (const { type, id } of linksOf({ links } as JsonObject)) assert.isTrue(`${type}/${id}` in links)
      }),
    )
    assert.deepStrictEqual(linksOf({ links: "none" }), [])
    assert.deepStrictEqual(linksOf({ links: { "/1": {}, "invoice/": {}, Invoice: {}, "invoice/1": 1 } }), [])
  })

  it("are bounded", () => {
    const links = Object.fromEntries(Array.from({ length: MAX_LINKS + 50 }, (_, n) => [`invoice/${n}`, {}]))
    assert.lengthOf(linksOf({ links }), MAX_LINKS)
  })
})

describe("what a message is about", () => {
  const linked = { content: { links: { "project/7": { role: "primary" }, "invoice/1042": {} } } }
  const picked = { [RECORDS]: [{ type: "order", id: "5" }, { type: "invoice", id: "1042" }, { type: "", id: "1" }, 3] }

  it("is what the room is linked with by anyone, and what its writer picked, each once", () => {
    const partners = { content: { links: { "case/9": {} } } }
    assert.deepStrictEqual(contextOf([linked, partners], { type: "m.room.message", content: picked }), [
      { type: "project", id: "7" },
      { type: "invoice", id: "1042" },
      { type: "case", id: "9" },
      { type: "order", id: "5" },
    ])
  })

  it("is nothing for state, redactions, reactions and new wordings", () => {
    const about = (rel_type: string) => ({
      "m.relates_to": { rel_type, event_id: "$1", key: "x" },
      "m.new_content": {},
    })
    assert.deepStrictEqual(contextOf([linked], { type: "m.room.name", stateKey: "", content: {} }), [])
    assert.deepStrictEqual(contextOf([linked], { type: "m.room.redaction", content: {} }), [])
    assert.deepStrictEqual(contextOf([linked], { type: "m.reaction", content: about("m.annotation") }), [])
    assert.deepStrictEqual(contextOf([linked], { type: "m.room.message", content: about("m.replace") }), [])
    assert.lengthOf(contextOf([linked], { type: "m.room.message", content: about("m.thread") }), 2)
  })
})
