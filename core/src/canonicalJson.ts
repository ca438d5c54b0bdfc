/** Canonical JSON: the one way to write a value, so that hashes and signatures agree. Spec: appendices, "Canonical JSON". */
import type { Json } from "@biz1/protocol/json"

export const canonicalJson = (value: Json): string => {
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) {
    let text = "["
    for (let i = 0; i < value.length; i++) text += (i === 0 ? "" : ",") + canonicalJson(value[i])
    return `${text}]`
  }
  const object = value as { readonly [key: string]: Json }
  let text = "{"
  for (const key of Object.keys(object).sort(byCodePoint)) {
    const member = object[key]
    if (member === undefined) continue
    text += `${text.length === 1 ? "" : ","}${JSON.stringify(key)}:${canonicalJson(member)}`
  }
  return `${text}}`
}

/** UTF-16 order differs from code point order only where surrogates meet characters above them. */
const byCodePoint = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}
const rank = (unit: number) => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit)
