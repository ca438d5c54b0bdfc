/** Texts as words for PostgreSQL's index of words, and questions for it. */
import { searchWords } from "@biz1/core/search/searchText"

/** Of one text; the rest of a longer one is not found by its words. */
const maxTextLength = 20_000
const maxWords = 2000
/** Of a longer word the beginning is enough; PostgreSQL would refuse it whole. */
const maxWordLength = 100
/** Of one question. */
const maxAsked = 50

const cut = (word: string) => word.slice(0, maxWordLength).toWellFormed()

/** For `array_to_tsvector(string_to_array(words, ' '))`. */
export const indexedWords = (text: string): string =>
  [...new Set(searchWords(text.slice(0, maxTextLength)).map(cut))].slice(0, maxWords).join(" ")

/** Words are letters or digits alone: nothing in them ends the quotes. */
const quoted = (word: string) => `'${cut(word)}'`
/** Letters begin a word, a number is that number only. */
const begun = (word: string) => (/^\p{N}/u.test(word) ? quoted(word) : `${quoted(word)}:*`)

/** What holds all words of a question, the last letters of each being open; and what holds one of them as it stands. */
export const wordsQuery = (term: string): { readonly all: string; readonly whole: string } | undefined => {
  const words = [...new Set(searchWords(term))].slice(0, maxAsked)
  if (words.length === 0) return undefined
  return { all: words.map(begun).join(" & "), whole: words.map(quoted).join(" | ") }
}
