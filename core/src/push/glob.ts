/**
 * Patterns in which `*` stands for any text and `?` for one character, without regard to case. Compiled once and matched
 * without regular expressions: a pattern is a user's, the text is a stranger's, and together they must stay cheap.
 * Spec: appendices, "Glob-style matching".
 */

export interface Glob {
  /** The whole text. */
  readonly matches: (text: string) => boolean
  /** Any part of the text that begins and ends at a word boundary. An empty pattern names no word. */
  readonly matchesWords: (text: string) => boolean
}

export const compileGlob = (pattern: string): Glob => {
  const lowered = pattern.toLowerCase()
  const [first = [], ...middle] = lowered.split("*").map((part): Part => [...part])
  const last = middle.pop()

  if (last === undefined && !lowered.includes("?")) {
    return {
      matches: (text) => text === lowered || text.toLowerCase() === lowered,
      matchesWords: (text) => containsWords(text.toLowerCase(), lowered),
    }
  }
  return {
    matches: (text) => matchesWhole(characters(text), first, middle, last),
    matchesWords: (text) => matchesWithin(characters(text), first, middle, last),
  }
}

/** Whether `text` has `words` with a word boundary on either side. Both in lower case. */
export const containsWords = (text: string, words: string): boolean => {
  if (words === "") return false
  for (let at = text.indexOf(words); at !== -1; at = text.indexOf(words, at + 1)) {
    if (isBoundary(text, at) && isBoundary(text, at + words.length)) return true
  }
  return false
}

/** Characters that follow each other, `?` for any one. */
type Part = ReadonlyArray<string>
/** A string serves as well as an array of characters, as long as no character takes two units. */
type Text = string | ReadonlyArray<string>

const characters = (text: string): Text => {
  const lowered = text.toLowerCase()
  return /[\ud800-\udfff]/.test(lowered) ? [...lowered] : lowered
}

const isWord = (character: string | undefined) =>
  character !== undefined &&
  ((character >= "a" && character <= "z") || (character >= "0" && character <= "9") || character === "_")

/**
 * Spec: a word boundary is "the start or end of the value, or any character not in the sets `[A-Z]`, `[a-z]`, `[0-9]` or
 * `_`", on either side: `@room` is a word in `to@room`.
 */
const isBoundary = (text: Text, at: number) => !isWord(text[at - 1]) || !isWord(text[at])

const fits = (text: Text, at: number, part: Part): boolean =>
  at >= 0 &&
  at + part.length <= text.length &&
  part.every((wanted, index) => wanted === "?" || wanted === text[at + index])

/** Where `part` next fits, or -1. */
const find = (text: Text, from: number, part: Part): number => {
  for (let at = from; at + part.length <= text.length; at++) if (fits(text, at, part)) return at
  return -1
}

/** Where the parts between two stars end when each is taken as early as can be, or -1. Earlier leaves more to the rest. */
const skip = (text: Text, from: number, parts: ReadonlyArray<Part>): number => {
  let at = from
  for (const part of parts) {
    const found = find(text, at, part)
    if (found === -1) return -1
    at = found + part.length
  }
  return at
}

const matchesWhole = (text: Text, first: Part, middle: ReadonlyArray<Part>, last: Part | undefined): boolean => {
  if (!fits(text, 0, first)) return false
  if (last === undefined) return first.length === text.length
  const from = skip(text, first.length, middle)
  return from !== -1 && text.length - last.length >= from && fits(text, text.length - last.length, last)
}

const matchesWithin = (text: Text, first: Part, middle: ReadonlyArray<Part>, last: Part | undefined): boolean => {
  for (let at = find(text, 0, first); at !== -1; at = find(text, at + 1, first)) {
    if (!isBoundary(text, at)) continue
    if (last !== undefined) {
      const from = skip(text, at + first.length, middle)
      return from !== -1 && endsAtBoundary(text, from, last)
    }
    if (isBoundary(text, at + first.length)) return true
  }
  return false
}

const endsAtBoundary = (text: Text, from: number, last: Part): boolean => {
  for (let at = find(text, from, last); at !== -1; at = find(text, at + 1, last)) {
    if (isBoundary(text, at + last.length)) return true
  }
  return false
}
