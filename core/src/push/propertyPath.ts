/** Where in an event a condition looks: `content.m\.relates_to.rel_type`. Spec: "Dot-separated property paths". */
import { isJsonObject, type Json, type JsonObject } from "@biz1/protocol/json"

/** The property names. `\.` and `\\` stand for a dot and a backslash; any other backslash stands for itself. */
export const parsePath = (path: string): ReadonlyArray<string> => {
  const names = [""]
  for (const [piece] of path.matchAll(/\\[.\\]|[^]/gu)) {
    if (piece === ".") names.push("")
    else names[names.length - 1] += piece.length === 2 && piece.startsWith("\\") ? piece[1]! : piece
  }
  return names
}

/** The property at the path, or undefined if there is none. Arrays and text have no properties. */
export const propertyAt = (object: JsonObject, path: ReadonlyArray<string>): Json | undefined => {
  let value: Json | undefined = object
  for (const name of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, name)) return undefined
    value = value[name]
  }
  return value
}
