/**
 * The patterns of namespaces. They are matched against every user and room that is heard of, so one that could take
 * exponentially long on the right text is refused when it is registered: by counting, before it ever runs, in how many
 * ways a text of an identifier's length may be divided among its parts.
 */
import { Result } from "effect"

const maxPatternLength = 1000
/** An identifier has at most 255 characters: so many ways has one open repetition to end. */
const waysOfRepetition = 256
/** What still takes milliseconds: three open repetitions in a row. */
const maxWays = waysOfRepetition ** 3

/** A test of whole identifiers from their beginning on, or a sentence on what is wrong with the pattern. */
export const compilePattern = (source: string): Result.Result<(id: string) => boolean, string> => {
  if (source === "" || source.length > maxPatternLength) {
    return Result.fail(`a pattern has 1 to ${maxPatternLength} characters`)
  }
  try {
    // Without the flag for Unicode: bridges escape more than that one suffers.
    const pattern = new RegExp(`^(?:${source})`)
    const problem = new Counter(source).problem()
    return problem === undefined ? Result.succeed((id) => pattern.test(id)) : Result.fail(problem)
  } catch (error) {
    return Result.fail(error instanceof Error ? error.message : "this is no regular expression")
  }
}

const tooManyWays = "it may take very long: use at most three repetitions, and none around another or around |"

/** Reads a pattern that is known to be well-formed. */
class Counter {
  readonly #source: string
  #at = 0
  constructor(source: string) {
    this.#source = source
  }

  problem(): string | undefined {
    if (/\(\?(?!:)/.test(this.#source)) return "groups other than (…) and (?:…) are not supported"
    if (/\\[1-9k]/.test(this.#source.replaceAll("\\\\", ""))) return "references back to groups are not supported"
    return this.#alternatives() <= maxWays ? undefined : tooManyWays
  }

  #alternatives(): number {
    let ways = 0
    do ways += this.#sequence()
    while (this.#take("|"))
    return ways
  }

  #sequence(): number {
    let ways = 1
    while (this.#at < this.#source.length && !"|)".includes(this.#source[this.#at]!)) {
      const inside = this.#atom()
      const repeated = this.#quantifier()
      // Around something with a choice in it, every turn multiplies the choices.
      ways *= repeated.max > 1 && inside > 1 ? Number.POSITIVE_INFINITY : inside * repeated.ways
    }
    return ways
  }

  #atom(): number {
    const char = this.#source[this.#at++]
    if (char === "\\") {
      this.#at++
    } else if (char === "[") {
      while (this.#source[this.#at] !== "]") this.#at += this.#source[this.#at] === "\\" ? 2 : 1
      this.#at++
    } else if (char === "(") {
      if (this.#source.startsWith("?:", this.#at)) this.#at += 2
      const ways = this.#alternatives()
      this.#at++
      return ways
    }
    return 1
  }

  #quantifier(): { readonly ways: number; readonly max: number } {
    const [text, counts] = /^(?:[*+?]|\{(\d+(?:,\d*)?)\})\??/.exec(this.#source.slice(this.#at)) ?? [""]
    this.#at += text.length
    if (text === "") return { ways: 1, max: 1 }
    if (text.startsWith("?")) return { ways: 2, max: 1 }
    if (counts === undefined) return { ways: waysOfRepetition, max: Number.POSITIVE_INFINITY }
    const [min, max = min, open = max === ""] = counts.split(",")
    if (open) return { ways: waysOfRepetition, max: Number.POSITIVE_INFINITY }
    return { ways: Math.min(Number(max) - Number(min) + 1, waysOfRepetition), max: Number(max) }
  }

  #take(char: string): boolean {
    if (this.#source[this.#at] !== char) return false
    this.#at++
    return true
  }
}
