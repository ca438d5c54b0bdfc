/** Every emoji with its names, and how one is found by them. Loaded on first use. */
import { emoji as all } from "virtual:emoji"
import { rank } from "./rank.ts"
import { words } from "./words.ts"

export interface Emoji {
  readonly glyph: string
  readonly group: number
  readonly name: string
  /** What it is found by, its name first. */
  readonly words: ReadonlyArray<string>
}

/** With or without the mark that asks for a coloured sign. */
const bare = (glyph: string) => glyph.replaceAll("\ufe0f", "")
const translated = new Map(Object.entries(words).map(([glyph, said]) => [bare(glyph), said.split(" ")]))

export const emoji: ReadonlyArray<Emoji> = all.map(([glyph, group, names]) => {
  const own = [...names.split(" "), ...(translated.get(bare(glyph)) ?? [])]
  return { glyph, group, name: own[0] ?? "", words: own }
})

export const findEmoji = (query: string, most: number) => rank(emoji, query).slice(0, most)
