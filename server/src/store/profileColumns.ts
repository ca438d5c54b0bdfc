/** A profile as it is kept: its JSON, and what people are found and put in order by. */
import { searchText, searchWords } from "@biz1/core/search/searchText"
import { localpartOf, type UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"

export const profileColumns = (userId: UserId, profile: JsonObject) => {
  const { displayname } = profile
  const name = typeof displayname === "string" ? displayname : localpartOf(userId)
  const words = new Set([...searchWords(name), ...searchWords(localpartOf(userId))])
  return { json: JSON.stringify(profile), name: searchText(name), words: [...words].map(quoted).join(" ") }
}

/** What finds people who have, for each word of the text, one that begins with it; undefined for a text without words. */
export const searchQuery = (text: string): string | undefined =>
  searchWords(text)
    .map((word) => `${quoted(word)}:*`)
    .join(" & ") || undefined

const maxWordLength = 100

/** Words are letters or digits alone: nothing in them ends the quotes. */
const quoted = (word: string) => `'${word.slice(0, maxWordLength)}'`
