/**
 * Text as it is searched: the same word however it was typed. Case and accents are dropped, Hebrew loses its niqqud,
 * Arabic its tashkeel and tatweel, letters that are one to a reader become one, and numbers inside codes stand alone.
 */

/** Letters that are one to a reader and stay apart when their marks are gone. */
const arabicLetters: Readonly<Record<string, string>> = { ٱ: "ا", ى: "ي", ة: "ه" }

/** Marks that sit on letters: accents, niqqud and cantillation, tashkeel; and what only stretches or directs text. */
const marks = /[\p{M}\u0640\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu

export const searchText = (text: string): string =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .normalize("NFKD")
    .replace(marks, "")
    .replace(/[ٱىة]/g, (letter) => arabicLetters[letter]!)
    .replace(/ß/g, "ss")

/** The words of a text, for an index. Languages without spaces are cut into single characters. */
export const searchWords = (text: string): ReadonlyArray<string> =>
  searchText(text).match(
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|\p{N}+|[\p{L}--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]]+/gv,
  ) ?? []
