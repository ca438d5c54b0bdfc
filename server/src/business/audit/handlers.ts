import { Readable } from "node:stream"
import { Clock, type Context, Effect } from "effect"
import type { SealedEntry } from "@biz1/core/business/auditChain"
import { DEFAULT_PAGE } from "@biz1/protocol/business/api"
import * as contract from "@biz1/protocol/business/audit"
import { ACCESS } from "@biz1/protocol/business/names"
import { Forbidden, NotFound } from "@biz1/protocol/errors"
import { Conversations } from "../../conversation/Conversations.ts"
import { Content, handler } from "../../http/Handler.ts"
import { membershipOf, RoomViews } from "../../sync/RoomViews.ts"
import { checkPermission } from "../api/Caller.ts"
import { cursorOf, readCursor } from "../api/cursor.ts"
import { BusinessConversations } from "../conversations/BusinessConversations.ts"
import { entering, levelsDraft } from "../conversations/businessRoom.ts"
import { ConversationStore } from "../conversations/ConversationStore.ts"
import { Audit, type AuditQuestion } from "./Audit.ts"

interface Filters {
  readonly actor?: string
  readonly action?: string
  readonly target?: string
  readonly from?: string
  readonly to?: string
}

const questionOf = ({ actor, action, target, from, to }: Filters): Omit<AuditQuestion, "limit"> => ({
  actor,
  action,
  target,
  from: from === undefined ? undefined : Date.parse(from),
  to: to === undefined ? undefined : Date.parse(to),
})

export const findAudit = handler(
  contract.findAudit,
  Effect.fnUntraced(function* ({ query, caller }) {
    yield* checkPermission(caller, "compliance")
    const audit = yield* Audit
    const limit = query.limit ?? DEFAULT_PAGE
    const cursor = yield* readCursor(query.after, 1)
    yield* audit.catchUp
    const found = yield* audit.find({ ...questionOf(query), after: cursor?.[0], limit })
    return { items: found, ...(found.length < limit ? {} : { next: cursorOf([found.at(-1)!.seq]) }) }
  }),
)

const entriesPerPage = 1000
const columns = ["seq", "at", "actor", "role", "ip", "action", "target", "reason", "details", "cause", "hash"] as const

/** As RFC 4180 has it. A cell that a spreadsheet would take for a formula is made text. */
const csvCell = (value: unknown): string => {
  const text = value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value)
  return `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`
}
const csvLine = (entry: SealedEntry) => columns.map((column) => csvCell(entry[column])).join(",")

/** Read from the store a piece at a time, as fast as it is taken. */
async function* linesOf(
  audit: Context.Service.Shape<typeof Audit>,
  question: Omit<AuditQuestion, "limit">,
  csv: boolean,
) {
  if (csv) yield `${columns.join(",")}\r\n`
  for (let after = 0; ;) {
    const found = await Effect.runPromise(audit.find({ ...question, after, limit: entriesPerPage }))
    yield found.map((entry) => (csv ? `${csvLine(entry)}\r\n` : `${JSON.stringify(entry)}\n`)).join("")
    if (found.length < entriesPerPage) return
    after = found.at(-1)!.seq
  }
}

export const exportAudit = handler(
  contract.exportAudit,
  Effect.fnUntraced(function* ({ query, caller }) {
    yield* checkPermission(caller, "compliance")
    const audit = yield* Audit
    yield* audit.catchUp
    const csv = query.format === "csv"
    const head = {
      "content-type": csv ? "text/csv; charset=utf-8" : "application/jsonl",
      "content-disposition": `attachment; filename="audit.${csv ? "csv" : "jsonl"}"`,
    }
    return new Content(head, Readable.from(linesOf(audit, questionOf(query), csv)))
  }),
)

export const listAuditDays = handler(
  contract.listAuditDays,
  Effect.fnUntraced(function* ({ caller }) {
    yield* checkPermission(caller, "compliance")
    return { items: (yield* (yield* Audit).days).map(({ json }) => json) }
  }),
)

/** The members hear of it in the conversation itself, before the newcomer can read a word. */
export const enterConversation = handler(
  contract.enterConversation,
  Effect.fnUntraced(function* ({ params: { id }, body: { reason }, caller }) {
    if (caller.kind !== "user") return yield* new Forbidden({ error: "Only a person enters a conversation" })
    yield* checkPermission(caller, "breakGlass")
    const found = yield* (yield* ConversationStore).find(id)
    const room = yield* (yield* RoomViews).get(id)
    if (found === undefined || room === undefined)
      return yield* new NotFound({ error: "There is no such conversation" })
    if (found.open)
      return yield* new Forbidden({ error: "A room that people made themselves is theirs to let somebody in" })
    if (membershipOf(room, caller.userId) === "join") return {}
    const { serviceUser, memberOf } = yield* BusinessConversations
    const member = yield* memberOf(caller.userId)
    const told = `${member.userId} enters this conversation: ${reason}`
    const notice = { msgtype: "m.notice", body: told, user: caller.userId, reason }
    yield* (yield* Conversations).send(id, {
      sender: serviceUser,
      drafts: [
        { type: ACCESS, content: notice },
        { type: "m.room.message", content: { msgtype: "m.notice", body: told } },
        levelsDraft(room, [member]),
        ...entering(serviceUser, member, { direct: false }),
      ],
      platform: true,
      ts: yield* Clock.currentTimeMillis,
    })
    return {}
  }),
)
