/** Who sees how much of a record: everyone who may know of it its number and title, its own people all of it. */
import type { UserId } from "@biz1/protocol/ids"
import { isStaff, type Person } from "./roles.ts"

export interface Guarded {
  readonly visibility: "staff" | "people" | undefined
  readonly people: ReadonlyArray<UserId>
}

export const seesAll = (record: Guarded, userId: UserId, person: Person): boolean => {
  if (record.people.includes(userId)) return true
  if (record.visibility === "people") return person.role === "owner" || person.role === "admin"
  return isStaff(person)
}
