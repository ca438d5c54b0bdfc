/** Every operation of the business API. */
import * as keys from "./api/keys.ts"
import * as conversations from "./conversations/handlers.ts"
import * as roles from "./roles/handlers.ts"
import { deleteRecord, findRecords, getRecord, getRecordVersions, putRecord, putRecords } from "./records/handlers.ts"

export const businessHandlers = [
  ...Object.values(conversations),
  ...Object.values(keys),
  ...Object.values(roles),
  deleteRecord,
  findRecords,
  getRecord,
  getRecordVersions,
  putRecord,
  putRecords,
]
