/**
 * What `JSON.parse` does not tell of a text: how deep it is nested, and whether it holds what canonical JSON has no room
 * for. Parsing loses the difference between 1.0 and 1, or 2^53 and 2^53 + 1, so the text itself is read, in one pass and
 * without recursion. Spec: appendices, "Canonical JSON".
 */

export interface JsonScan {
  /** Of arrays and objects inside one another; 0 for a scalar. */
  readonly depth: number
  /** Something that canonical JSON refuses: a float (also -0), an integer beyond 2^53 - 1, or half of a surrogate pair. */
  readonly strict: "float" | "range" | "surrogate" | undefined
}

const quote = 0x22
const backslash = 0x5c

/** Tells of well-formed JSON; of anything else the answer means nothing, and parsing must say no. */
export const scanJson = (text: string): JsonScan => {
  let depth = 0
  let deepest = 0
  let strict: JsonScan["strict"] = text.isWellFormed() ? undefined : "surrogate"
  // Strings are most of a text. What ends them and what they escape is searched for, not walked to.
  let escape = find(text, "\\", 0)
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === quote) {
      let end = find(text, '"', at + 1)
      while (escape < end) {
        if (escape + 1 === end) end = find(text, '"', end + 1)
        const half = escapedHalf(text, escape)
        if (half === "high" && escapedHalf(text, escape + 6) === "low") escape += 6
        else if (half !== undefined) strict ??= "surrogate"
        escape = find(text, "\\", escape + 2)
      }
      at = end
    } else if (unit === 0x7b || unit === 0x5b) {
      if (++depth > deepest) deepest = depth
    } else if (unit === 0x7d || unit === 0x5d) {
      depth--
    } else if (unit === 0x2d || (unit >= 0x30 && unit <= 0x39)) {
      const start = at
      while (isNumberUnit(text.charCodeAt(at + 1))) at++
      strict ??= numberProblem(text.slice(start, at + 1))
    }
  }
  return { depth: deepest, strict }
}

/** Beyond the text where there is none. */
const find = (text: string, what: string, from: number) => {
  const at = text.indexOf(what, from)
  return at < 0 ? Infinity : at
}

/** Which half of a surrogate pair is escaped here, if any: `\ud800` to `\udbff`, or `\udc00` to `\udfff`. */
const escapedHalf = (text: string, at: number): "high" | "low" | undefined => {
  if (text.charCodeAt(at) !== backslash || text.charCodeAt(at + 1) !== 0x75) return undefined
  const unit = Number.parseInt(text.slice(at + 2, at + 6), 16)
  return (unit & 0xf800) !== 0xd800 ? undefined : unit < 0xdc00 ? "high" : "low"
}

const isNumberUnit = (unit: number) =>
  (unit >= 0x30 && unit <= 0x39) || unit === 0x2e || unit === 0x2b || unit === 0x2d || unit === 0x45 || unit === 0x65

const numberProblem = (number: string): "float" | "range" | undefined => {
  if (!/^-?\d+$/.test(number) || number === "-0") return "float"
  return Number.isSafeInteger(Number(number)) ? undefined : "range"
}

/** The same questions to a value that came from elsewhere than a text. */
export const isCanonicalValue = (value: unknown): boolean => holds(value, isCanonicalNumber)

/** JSON of whole characters, with any number: what room versions before 6 ask of an event. */
export const isWellFormedValue = (value: unknown): boolean => holds(value, Number.isFinite)

const isCanonicalNumber = (number: number) => Number.isSafeInteger(number) && !Object.is(number, -0)

const holds = (value: unknown, isNumber: (number: number) => boolean): boolean => {
  const waiting: Array<unknown> = [value]
  while (waiting.length > 0) {
    const next = waiting.pop()
    if (typeof next === "string") {
      if (!next.isWellFormed()) return false
    } else if (typeof next === "number") {
      if (!isNumber(next)) return false
    } else if (Array.isArray(next)) {
      for (const member of next) waiting.push(member)
    } else if (typeof next === "object" && next !== null) {
      const object = next as { readonly [key: string]: unknown }
      for (const key of Object.keys(object)) {
        if (!key.isWellFormed()) return false
        waiting.push(object[key])
      }
    } else if (next !== null && typeof next !== "boolean") return false
  }
  return true
}
