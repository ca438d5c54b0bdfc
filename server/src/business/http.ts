/** Every operation of the business API. */
import { audited } from "./audit/audited.ts"
import * as audit from "./audit/handlers.ts"
import * as keys from "./api/keys.ts"
import * as conversations from "./conversations/handlers.ts"
import * as customers from "./customers/handlers.ts"
import * as exports from "./export/handlers.ts"
import { eraseSubject } from "./erasure/handlers.ts"
import * as decisions from "./decisions/handlers.ts"
import { makeEvidence } from "./evidence/handlers.ts"
import { getEvents } from "./feed/handlers.ts"
import type { Handler, ServicesOf } from "../http/Handler.ts"
import * as holds from "./retention/holdHandlers.ts"
import * as retention from "./retention/retentionHandlers.ts"
import * as roles from "./roles/handlers.ts"
import * as types from "./types/handlers.ts"
import * as webhooks from "./webhooks/handlers.ts"
import { deleteRecord, findRecords, getRecord, getRecordVersions, putRecord, putRecords } from "./records/handlers.ts"

const handlers = [
  ...Object.values(audit),
  ...Object.values(conversations),
  ...Object.values(customers),
  ...Object.values(decisions),
  ...Object.values(exports),
  ...Object.values(holds),
  ...Object.values(keys),
  ...Object.values(retention),
  ...Object.values(roles),
  ...Object.values(types),
  ...Object.values(webhooks),
  deleteRecord,
  eraseSubject,
  findRecords,
  getEvents,
  getRecord,
  getRecordVersions,
  makeEvidence,
  putRecord,
  putRecords,
]

export const businessHandlers = handlers.map((one) => audited(one as Handler<ServicesOf<(typeof handlers)[number]>>))
