/** Canonical JSON: the one way to write a value, so that hashes and signatures agree. Spec: appendices, "Canonical JSON". */
import type { Json } from "@biz1/protocol/json"

/** Of a value that `isCanonicalValue`. What is not still gets a text, always the same one. */
export const canonicalJson = (value: Json): string => {
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  let text = ""
  if (Array.isArray(value)) {
    for (const member of value as ReadonlyArray<Json>) text += (text === "" ? "" : ",") + canonicalJson(member)
    return `[${text}]`
  }
  const object = value as { readonly [key: string]: Json | undefined }
  for (const key of sorted(Object.keys(object))) {
    const member = object[key]
    if (member === undefined) continue
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(member)}`
  }
  return `{${text}}`
}

/** UTF-16 order, which sorting knows by itself, differs from code point order only where there are surrogates. */
const sorted = (keys: Array<string>) => (keys.some(hasSurrogate) ? keys.sort(byCodePoint) : keys.sort())

const hasSurrogate = (key: string) => /[\ud800-\udfff]/.test(key)

const byCodePoint = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)]
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}
/** Surrogates stand for characters above all that need none. */
const rank = (unit: number) => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit)
