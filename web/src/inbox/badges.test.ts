import { expect, it } from "vitest"
import { conversation } from "../client/examples.ts"
import { badgeOf, shortCount, totalBadge } from "./badges.ts"

it("counts what notifies", () => {
  expect(badgeOf(conversation({ notifications: 3, unseen: true }))).toEqual({ kind: "count", count: 3 })
})

it("puts a mention before a number", () => {
  expect(badgeOf(conversation({ notifications: 3, mentions: 1 }))).toEqual({ kind: "mention", count: 3 })
})

it("shows a dot for what is new and muted", () => {
  expect(badgeOf(conversation({ unseen: true }))).toEqual({ kind: "dot" })
})

it("shows a dot for what the reader marked as unread", () => {
  expect(badgeOf(conversation({ markedUnread: true }))).toEqual({ kind: "dot" })
})

it("shows an invitation as one", () => {
  expect(badgeOf(conversation({ membership: "invite" }))).toEqual({ kind: "count", count: 1 })
})

it("adds up what the rows show, without the dots", () => {
  const all = [
    conversation({ notifications: 2 }),
    conversation({ notifications: 1, mentions: 1 }),
    conversation({ unseen: true }),
    conversation({ membership: "invite" }),
  ]
  expect(totalBadge(all)).toEqual({ count: 4, mentioned: true })
})

it("keeps numbers short", () => {
  expect([shortCount(99), shortCount(100)]).toEqual(["99", "99+"])
})
