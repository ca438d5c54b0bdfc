import type { JsonObject } from "@biz1/protocol/json"
import { describe, expect, it } from "vitest"
import { pickFields, withFields } from "./eventFields.ts"

const event: JsonObject = {
  type: "m.room.message",
  sender: "@alice:x",
  content: { body: "hi", "m.dotted": 1, deep: { a: 1, b: 2 }, msgtype: "m.text" },
}

describe("the fields of events", () => {
  it.each<[ReadonlyArray<string>, JsonObject]>([
    [[], {}],
    [["type"], { type: "m.room.message" }],
    [["type", "content"], { type: "m.room.message", content: event["content"]! }],
    [["content.body"], { content: { body: "hi" } }],
    [["content.body", "content.deep.b"], { content: { body: "hi", deep: { b: 2 } } }],
    [["content", "content.deep.b"], { content: { ...(event["content"] as JsonObject), deep: { a: 1, b: 2 } } }],
    [["content.m\\.dotted"], { content: { "m.dotted": 1 } }],
    [["content.m.dotted", "absent", "content.body.length"], {}],
    [["__proto__.x", "constructor"], {}],
  ])("%j are picked", (fields, expected) => {
    expect(JSON.parse(JSON.stringify(pickFields(fields)!(event)))).toEqual(expected)
  })

  it("are all there where nothing is said", () => {
    expect(pickFields(undefined)).toBeUndefined()
  })

  it("are picked in timelines and states, and nothing else is touched", () => {
    const section = { events: [event] }
    const room = { timeline: { ...section, limited: false }, state: section, ephemeral: section, summary: { n: 1 } }
    const answer = { next_batch: "s", rooms: { join: { r: room }, leave: {} }, presence: section }
    const picked = { events: [{ sender: "@alice:x" }] }
    expect(JSON.parse(withFields(JSON.stringify(answer), pickFields(["sender"])!))).toEqual({
      ...answer,
      rooms: { join: { r: { ...room, timeline: { ...picked, limited: false }, state: picked } }, leave: {} },
    })
  })
})
