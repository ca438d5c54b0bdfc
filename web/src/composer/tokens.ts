/** Words of a text that stand for somebody or something: the field shows the word, the message says whom it means. */

export interface PersonToken {
  readonly kind: "person"
  readonly id: string
  /** As it stands in the text, with the `@`. */
  readonly word: string
}

export interface RecordToken {
  readonly kind: "record"
  readonly type: string
  readonly id: string
  /** As it stands in the text, with the `#`. */
  readonly word: string
}

export type Token = PersonToken | RecordToken

/** Those whose word still stands in the text, each person or record once. */
export const tokensIn = (text: string, tokens: ReadonlyArray<Token>): ReadonlyArray<Token> => {
  const seen = new Set<string>()
  return tokens.filter((token) => {
    const key = token.kind === "person" ? token.id : `${token.type}/${token.id}`
    if (seen.has(key) || !stands(text, token.word)) return false
    seen.add(key)
    return true
  })
}

/** `@Dan` does not stand in `@Dana`. */
const stands = (text: string, word: string) => {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!/^[\p{L}\p{N}]/u.test(text.slice(at + word.length))) return true
  }
  return false
}
