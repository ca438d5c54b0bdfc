/** What somebody has begun to write, as it is kept in this browser and follows them to their other devices. */
import type { Target, Voice } from "../client/Chat.ts"
import type { Token } from "./tokens.ts"

/** The message that a draft answers or changes. */
export interface About {
  readonly kind: "reply" | "edit"
  readonly id: string
  readonly author: string
  readonly text: string
}

export interface Draft {
  readonly text: string
  readonly tokens: ReadonlyArray<Token>
  readonly about: About | undefined
  /** When it was last changed, in ms since the epoch: of two devices' drafts the later one stands. */
  readonly at: number
}

/** What travels with a text, which is then its caption. */
export interface Attached {
  readonly file: File
  readonly voice: Voice | undefined
}

/** Something sent, until it is handed to the Matrix client. */
export interface Kept {
  /** The transaction id. */
  readonly id: string
  readonly roomId: string
  readonly order: number
  /** Not sent before; until then it can be taken back. */
  readonly dueAt: number
  /** The text, or the caption of the file. */
  readonly draft: Draft
  readonly attached: Attached | undefined
}

export const empty: Draft = { text: "", tokens: [], about: undefined, at: 0 }

export const targetOf = ({ about }: Draft): Target => {
  if (about === undefined) return {}
  return about.kind === "edit" ? { editing: about.id } : { replyTo: about.id }
}

/** Longer ones stay in the browser that they are written in. */
const longest = 20_000

/** The account data of a room. A change of what was sent already is nothing for another device. */
export const toContent = ({ text, tokens, about, at }: Draft) => ({
  text: about?.kind === "edit" || text.length > longest ? "" : text,
  tokens: [...tokens],
  ...(about?.kind === "reply" ? { about } : {}),
  at,
})

/** @returns nothing for what no client of ours wrote. */
export const fromContent = (content: unknown): Draft | undefined => {
  const { text, tokens, about, at } = objectOf(content)
  if (typeof text !== "string" || typeof at !== "number") return undefined
  return { text, at, tokens: Array.isArray(tokens) ? tokens.flatMap(toToken) : [], about: toAbout(about) }
}

const objectOf = (value: unknown) =>
  (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>

const toToken = (value: unknown): ReadonlyArray<Token> => {
  const { kind, id, word, type } = objectOf(value)
  if (typeof id !== "string" || typeof word !== "string") return []
  if (kind === "person") return [{ kind, id, word }]
  return kind === "record" && typeof type === "string" ? [{ kind, type, id, word }] : []
}

const toAbout = (value: unknown): About | undefined => {
  const { kind, id, author, text } = objectOf(value)
  if (kind !== "reply" || typeof id !== "string" || typeof author !== "string" || typeof text !== "string") return
  return { kind, id, author, text }
}
