import { Effect } from "effect"
import * as contract from "@biz1/protocol/business/evidence"
import { InvalidParam } from "@biz1/protocol/errors"
import { Content, handler } from "../../http/Handler.ts"
import { EventStore } from "../../store/EventStore.ts"
import { checkPermission } from "../api/Caller.ts"
import { ConversationStore } from "../conversations/ConversationStore.ts"
import { mayRead, notHere } from "../conversations/reading.ts"
import { bundleOf } from "./bundle.ts"
import { chosenIn } from "./gather.ts"

const ms = (time: string | undefined) => (time === undefined ? undefined : Date.parse(time))

/** Auditors need not be members; rooms that people made themselves stay theirs. */
export const makeEvidence = handler(
  contract.makeEvidence,
  Effect.fnUntraced(function* ({ params: { id }, body: { events, from, to }, caller }) {
    yield* checkPermission(caller, "compliance")
    const found = yield* (yield* ConversationStore).find(id)
    const version = yield* (yield* EventStore).version(id)
    if (found === undefined || version === undefined) return yield* notHere()
    if (found.open && !(yield* mayRead(caller, id))) return yield* notHere()
    if (events === undefined && from === undefined && to === undefined) {
      return yield* new InvalidParam({ error: "Say which events, or from when to when", field: "events" })
    }
    const chosen = yield* chosenIn(id, { events, from: ms(from), to: ms(to) })
    const archive = yield* bundleOf(id, version, chosen)
    const head = {
      "content-type": "application/gzip",
      "content-disposition": 'attachment; filename="evidence.tar.gz"',
    }
    return new Content(head, archive)
  }),
)
