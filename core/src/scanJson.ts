/**
 * What `JSON.parse` does not tell of a text: how deep it is nested, and whether it holds what canonical JSON has no room
 * for. Parsing loses the difference between 1.0 and 1, or 2^53 and 2^53 + 1, so the text itself is read, in one pass and
 * without recursion. Spec: appendices, "Canonical JSON".
 */

export interface JsonScan {
  /** Of arrays and objects inside one another; 0 for a scalar. */
  readonly depth: number
  /** The first thing that canonical JSON refuses: a float, an integer beyond 2^53 - 1, or half of a surrogate pair. */
  readonly strict: "float" | "range" | "surrogate" | undefined
}

const quote = 0x22
const backslash = 0x5c

/** Tells of well-formed JSON; of anything else the answer means nothing, and parsing must say no. */
export const scanJson = (text: string): JsonScan => {
  let depth = 0
  let deepest = 0
  let strict: JsonScan["strict"]
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit === quote) {
      const start = at
      let escaped = false
      for (at++; at < text.length; at++) {
        const inside = text.charCodeAt(at)
        if (inside === quote) break
        if (inside === backslash) {
          escaped = true
          at++
        }
      }
      if (strict === undefined && !isWellFormed(text, start, at, escaped)) strict = "surrogate"
    } else if (unit === 0x7b || unit === 0x5b) {
      if (++depth > deepest) deepest = depth
    } else if (unit === 0x7d || unit === 0x5d) {
      depth--
    } else if (unit === 0x2d || (unit >= 0x30 && unit <= 0x39)) {
      const start = at
      while (at + 1 < text.length && isNumberUnit(text.charCodeAt(at + 1))) at++
      strict ??= numberProblem(text.slice(start, at + 1))
    }
  }
  return { depth: deepest, strict }
}

const isNumberUnit = (unit: number) =>
  (unit >= 0x30 && unit <= 0x39) || unit === 0x2e || unit === 0x2b || unit === 0x2d || unit === 0x45 || unit === 0x65

const numberProblem = (number: string): "float" | "range" | undefined => {
  if (number.length < 16 && /^(?:0|-?[1-9]\d*)$/.test(number)) return undefined
  if (!/^-?\d+$/.test(number) || number === "-0") return "float"
  return Number.isSafeInteger(Number(number)) ? undefined : "range"
}

/** Half characters are rare enough to pay for: only then is the string decoded. */
const isWellFormed = (text: string, start: number, end: number, escaped: boolean) => {
  if (!escaped) {
    for (let at = start; at < end; at++) {
      if ((text.charCodeAt(at) & 0xf800) === 0xd800) return text.slice(start, end).isWellFormed()
    }
    return true
  }
  const literal = text.slice(start, end + 1)
  if (!/\\u[dD][89a-fA-F]/.test(literal)) return literal.isWellFormed()
  try {
    return (JSON.parse(literal) as string).isWellFormed()
  } catch {
    return true // not JSON: parsing the whole says so
  }
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
