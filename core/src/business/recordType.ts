/** Whether a record is what its type says. A type that nobody has registered says nothing. */
import type { RecordBody } from "@biz1/protocol/business/records"
import type { FIELD_KINDS, TypeBody } from "@biz1/protocol/business/types"

export type Fields = NonNullable<RecordBody["fields"]>
export type FieldKind = (typeof FIELD_KINDS)[number]

export interface Misfit {
  /** The path to what is wrong, joined by dots. */
  readonly field: string
  readonly error: string
}

const date = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/
/** Dates that the calendar does not have, as 30 February, are carried over where they are read: these are refused. */
const isDate = (text: string): boolean => {
  if (!date.test(text) || Number.isNaN(Date.parse(text))) return false
  const [day] = text.split("T") as [string]
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)
}

const holds = (kind: FieldKind, value: Fields[string]): boolean =>
  kind === "date" ? typeof value === "string" && isDate(value) : typeof value === kind

/** The first thing that does not fit; undefined where all does. A field that is null is one that is not there. */
export const misfitOf = (type: Pick<TypeBody, "fields">, fields: Fields = {}): Misfit | undefined => {
  for (const [name, value] of Object.entries(fields)) {
    const known = Object.hasOwn(type.fields, name) ? type.fields[name] : undefined
    if (known === undefined) return { field: `fields.${name}`, error: `Records of this type have no field ${name}` }
    if (value !== null && !holds(known.kind, value)) {
      return { field: `fields.${name}`, error: `The field ${name} holds a ${known.kind}` }
    }
  }
  for (const [name, { required = false }] of Object.entries(type.fields)) {
    const value = Object.hasOwn(fields, name) ? fields[name] : null
    if (required && value === null) return { field: `fields.${name}`, error: `The field ${name} is missing` }
  }
  return undefined
}

/** Of some names the first that may not be told in conversations. */
export const undisclosable = (
  { disclosable = [] }: Pick<TypeBody, "disclosable">,
  names: ReadonlyArray<string>,
): string | undefined => names.find((name) => !disclosable.includes(name))
