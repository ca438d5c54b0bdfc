import { Effect } from "effect"
import * as contract from "@biz1/protocol/admin/oversight"
import { defaultPage } from "@biz1/protocol/admin/page"
import { ReportStore } from "../store/ReportStore.ts"
import { AuditLog } from "./AuditLog.ts"
import { continued, numberBefore } from "./continued.ts"
import { operator } from "./operator.ts"

export const listReports = operator(
  contract.listReports,
  Effect.fnUntraced(function* ({ query: { from, limit = defaultPage } }) {
    const reports = yield* (yield* ReportStore).page(yield* numberBefore(from), limit)
    return { reports, ...continued(reports, limit, ({ report_id: id }) => id) }
  }),
)

export const listAudit = operator(
  contract.listAudit,
  Effect.fnUntraced(function* ({ query: { from, limit = defaultPage } }) {
    const entries = yield* (yield* AuditLog).page(yield* numberBefore(from), limit)
    return { entries, ...continued(entries, limit, ({ audit_id: id }) => id) }
  }),
)
