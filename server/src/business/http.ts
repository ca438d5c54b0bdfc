/** Every operation of the business API. */
import * as keys from "./api/keys.ts"
import * as conversations from "./conversations/handlers.ts"
import { getEvents } from "./feed/handlers.ts"
import * as roles from "./roles/handlers.ts"
import * as webhooks from "./webhooks/handlers.ts"
import { deleteRecord, findRecords, getRecord, getRecordVersions, putRecord, putRecords } from "./records/handlers.ts"

export const businessHandlers = [
  ...Object.values(conversations),
  ...Object.values(keys),
  ...Object.values(roles),
  ...Object.values(webhooks),
  deleteRecord,
  findRecords,
  getEvents,
  getRecord,
  getRecordVersions,
  putRecord,
  putRecords,
]
