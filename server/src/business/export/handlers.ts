import { Effect } from "effect"
import * as contract from "@biz1/protocol/business/exports"
import { InvalidParam, NotFound } from "@biz1/protocol/errors"
import { Content, handler } from "../../http/Handler.ts"
import { callerId, checkPermission } from "../api/Caller.ts"
import { ConversationStore } from "../conversations/ConversationStore.ts"
import { Erasures } from "../erasure/Erasures.ts"
import { type Export, Exports } from "./Exports.ts"

const shown = ({ id, subject, state, askedTs, sha256, sizeBytes, problem }: Export) => ({
  id,
  ...subject,
  state,
  askedAt: new Date(askedTs).toISOString(),
  ...(sizeBytes === undefined ? {} : { sizeBytes }),
  ...(sha256 === undefined ? {} : { sha256 }),
  ...(problem === undefined ? {} : { problem }),
})

const found = Effect.fnUntraced(function* (id: string) {
  return (yield* (yield* Exports).find(id)) ?? (yield* new NotFound({ error: "There is no such export" }))
})

export const createExport = handler(
  contract.createExport,
  Effect.fnUntraced(function* ({ body: { conversation, user }, caller }) {
    yield* checkPermission(caller, "compliance")
    if ((conversation === undefined) === (user === undefined)) {
      return yield* new InvalidParam({ error: "Say what is to be exported: a conversation or a user", field: "user" })
    }
    const known =
      user === undefined
        ? (yield* (yield* ConversationStore).find(conversation!)) !== undefined
        : yield* (yield* Erasures).isKnown({ user })
    if (!known) return yield* new NotFound({ error: "There is nothing by that name" })
    const subject = user === undefined ? { conversation: conversation! } : { user }
    return shown(yield* (yield* Exports).ask(subject, callerId(caller)))
  }),
)

export const listExports = handler(
  contract.listExports,
  Effect.fnUntraced(function* ({ caller }) {
    yield* checkPermission(caller, "compliance")
    return { items: (yield* (yield* Exports).list).map(shown) }
  }),
)

export const getExport = handler(
  contract.getExport,
  Effect.fnUntraced(function* ({ params: { id }, caller }) {
    yield* checkPermission(caller, "compliance")
    return shown(yield* found(id))
  }),
)

export const getExportArchive = handler(
  contract.getExportArchive,
  Effect.fnUntraced(function* ({ params: { id }, caller }) {
    yield* checkPermission(caller, "compliance")
    const one = yield* found(id)
    const archive = yield* (yield* Exports).open(one)
    if (archive === undefined) return yield* new NotFound({ error: "This export has no archive yet" })
    const headers = {
      "content-type": "application/gzip",
      "content-length": one.sizeBytes!,
      "content-disposition": `attachment; filename="export-${id}.tar.gz"`,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    }
    return new Content(headers, archive)
  }),
)
