/** Finds the web addresses in plain text. */

export interface Piece {
  readonly text: string
  readonly href: string | undefined
}

const address = /\bhttps?:\/\/[^\s<>"']+/gi
/** Marks that end a sentence rather than an address; a closing bracket belongs to it only if it was opened in it. */
const trailing = /[.,:;!?'"»”’]+$/

export const withLinks = (text: string): ReadonlyArray<Piece> => {
  const pieces: Array<Piece> = []
  let end = 0
  for (const match of text.matchAll(address)) {
    const href = trim(match[0])
    if (match.index > end) pieces.push({ text: text.slice(end, match.index), href: undefined })
    pieces.push({ text: href, href })
    end = match.index + href.length
  }
  if (end < text.length) pieces.push({ text: text.slice(end), href: undefined })
  return pieces
}

const trim = (found: string): string => {
  const shorter = found.replace(trailing, "")
  const unopened = shorter.endsWith(")") && !shorter.includes("(")
  return unopened ? trim(shorter.slice(0, -1)) : shorter
}
