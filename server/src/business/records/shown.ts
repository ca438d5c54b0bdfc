/** How much of a record a caller is shown. */
import { seesAll } from "@biz1/core/business/recordAccess"
import type { RecordWrite } from "../../log/LogEntry.ts"
import type { Caller } from "../api/Caller.ts"
import { usersOf } from "../conversations/opening.ts"

const time = (ms: number) => new Date(ms).toISOString()

export const seesWhole = (caller: Caller, { body }: Pick<RecordWrite, "body">): boolean =>
  caller.kind === "key" || seesAll({ visibility: body.visibility, people: usersOf(body) }, caller.userId, caller.person)

/** As much of the record as the caller may see. */
export const shownRecord = (caller: Caller, record: RecordWrite) => {
  const { type, id, body, updatedTs, deletedTs } = record
  const { number, title, version } = body
  return {
    type,
    id,
    ...(seesWhole(caller, record) ? body : { title, version, ...(number === undefined ? {} : { number }) }),
    updatedAt: time(updatedTs),
    ...(deletedTs === undefined ? {} : { deletedAt: time(deletedTs) }),
  }
}
