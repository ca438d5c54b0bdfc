import { describe, expect, it } from "vitest"
import { relationOf } from "./relation.ts"

const relating = (relates: object, more: object = {}) => ({
  type: "m.room.message",
  content: { "m.relates_to": relates, ...more } as never,
})
const toEvent = { rel_type: "m.thread", event_id: "$root" }

describe("a relation", () => {
  it("has a type and an event", () => {
    expect(relationOf(relating(toEvent))).toEqual({ relType: "m.thread", eventId: "$root" })
    expect(relationOf(relating({ ...toEvent, "m.in_reply_to": { event_id: "$other" } }))?.eventId).toBe("$root")
  })

  it.each([
    ["a rich reply alone", relating({ "m.in_reply_to": { event_id: "$other" } })],
    ["no event", relating({ rel_type: "m.thread" })],
    ["no event id", relating({ rel_type: "m.thread", event_id: "root" })],
    ["a number for a type", relating({ rel_type: 1, event_id: "$root" })],
    ["a type that cannot be stored", relating({ rel_type: "m.\0", event_id: "$root" })],
    ["an id that cannot be stored", relating({ rel_type: "m.thread", event_id: "$\ud800" })],
    ["a list", relating([])],
    ["a state event", { ...relating(toEvent), stateKey: "" }],
    ["an edit without new content", relating({ rel_type: "m.replace", event_id: "$root" })],
  ])("is not made by %s", (_, event) => expect(relationOf(event)).toBeUndefined())

  it("is made by an edit with new content, which may be encrypted", () => {
    const edit = { rel_type: "m.replace", event_id: "$root" }
    expect(relationOf(relating(edit, { "m.new_content": {} }))?.relType).toBe("m.replace")
    expect(relationOf({ ...relating(edit), type: "m.room.encrypted" })?.relType).toBe("m.replace")
  })
})
