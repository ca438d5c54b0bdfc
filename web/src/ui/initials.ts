/** Initials and a colour for those who have no picture. */

const words = /[\p{L}\p{N}\p{Extended_Pictographic}]\S*/gu
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" })

const firstGrapheme = (text: string) => graphemes.segment(text)[Symbol.iterator]().next().value?.segment ?? ""

/** The first grapheme of the first and of the last word; of a single word, only one. */
export const initialsOf = (name: string): string => {
  const found = name.match(words) ?? []
  const [first, last] = [found[0], found.length > 1 ? found.at(-1) : undefined]
  return [first, last].map((word) => firstGrapheme(word ?? "").toLocaleUpperCase()).join("") || "?"
}

const hues = [18, 48, 85, 145, 185, 230, 268, 305, 345]

/** The same hue for the same ID, on every device. */
export const hueOf = (id: string): number => {
  let hash = 0
  for (const character of id) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) >>> 0
  return hues[hash % hues.length] ?? 268
}
