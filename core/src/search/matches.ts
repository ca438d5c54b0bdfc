/**
 * Whether a text holds what somebody searches for. An index of words finds candidates; this decides, on the text as
 * the searcher may read it: characters of languages without spaces must stand together as they do in the question.
 */
import { searchText, searchWords } from "./searchText.ts"

/** Undefined where the question has no words. */
export const searching = (term: string): ((text: string) => boolean) | undefined => {
  const parts = [...searchText(term).matchAll(wordsOrRuns)].map(([part]) => part)
  if (parts.length === 0) return undefined
  const together = parts.filter((part) => isUnspaced(part))
  const words = parts.filter((part) => !isUnspaced(part)).map(wordMatcher)
  return (text) => {
    const plain = searchText(text)
    if (!together.every((run) => plain.includes(run))) return false
    const found = words.length === 0 ? [] : searchWords(text)
    return words.every((matches) => found.some(matches))
  }
}

/** The words of a text that answer the question, as they are written there. */
export const highlightsIn = (text: string, term: string): ReadonlyArray<string> => {
  const parts = [...searchText(term).matchAll(wordsOrRuns)].map(([part]) => part)
  const matchers = parts.filter((part) => !isUnspaced(part)).map(wordMatcher)
  const written = [...text.matchAll(writtenWords)].map(([word]) => word)
  const words = written.filter((word) => searchWords(word).some((one) => matchers.some((matches) => matches(one))))
  const plain = searchText(text)
  const runs = parts.filter((part) => isUnspaced(part) && plain.includes(part))
  return [...new Set([...words, ...runs])]
}

const unspaced = String.raw`[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]`
const wordsOrRuns = new RegExp(String.raw`${unspaced}+|\p{N}+|[\p{L}--${unspaced}]+`, "gv")
const isUnspaced = (part: string) => new RegExp(`^${unspaced}`, "v").test(part)
/** With the marks on their letters, and numbers apart from letters. */
const writtenWords = new RegExp(String.raw`\p{N}+|(?:[\p{L}--${unspaced}]\p{M}*)+`, "gv")

/** The end of a word may be missing, as it is often another; a number is that number only. */
const wordMatcher = (part: string) =>
  /^\p{N}/u.test(part) ? (word: string) => word === part : (word: string) => word.startsWith(part)
