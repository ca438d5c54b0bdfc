/** Values to try things on, for tests: everything ordinary but what a test names. */
import type { Conversation, Message, Person } from "./model.ts"

export const dana: Person = { id: "@dana:example.com", name: "Dana", avatar: undefined }
export const avi: Person = { id: "@avi:example.com", name: "Avi", avatar: undefined }
export const noor: Person = { id: "@noor:example.com", name: "Noor", avatar: undefined }

/** 3 May 2026, 14:10 in Berlin. */
export const noon = Date.UTC(2026, 4, 3, 12, 10)
export const minute = 60_000

export const message = (id: string, given: Partial<Message> = {}): Message => ({
  key: id,
  id,
  sender: avi,
  own: false,
  at: noon,
  body: { kind: "text", text: `text of ${id}`, tone: "plain" },
  reply: undefined,
  edited: false,
  reactions: [],
  delivery: "stored",
  readBy: 0,
  failure: undefined,
  ...given,
})

export const change = (id: string, given: Partial<Message> = {}): Message =>
  message(id, { body: { kind: "change", change: { kind: "joined" } }, ...given })

export const conversation = (given: Partial<Conversation> = {}): Conversation => ({
  id: "!room",
  name: "Harbour",
  topic: undefined,
  avatar: undefined,
  kind: "group",
  purpose: undefined,
  laneOf: undefined,
  records: [],
  membership: "join",
  other: undefined,
  inviter: undefined,
  memberCount: 3,
  notifications: 0,
  mentions: 0,
  unseen: false,
  markedUnread: false,
  alerts: "all",
  pinned: false,
  lastAt: noon,
  last: undefined,
  failed: false,
  typing: [],
  maySend: true,
  ...given,
})
