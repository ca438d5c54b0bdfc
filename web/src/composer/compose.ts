/** From what stands in the field to what is sent: commands, formatting, and whom and what its words mean. */
import type { Written } from "../client/Chat.ts"
import { type PersonToken, type Token, tokensIn } from "./tokens.ts"

/** The commands that the field offers, by what they are typed as. */
export const commands = ["/me", "/shrug", "/spoiler", "/plain"] as const
export type Command = (typeof commands)[number]

export const compose = async (given: string, tokens: ReadonlyArray<Token>): Promise<Written> => {
  const { text, tone, plain } = obey(given)
  const standing = tokensIn(text, tokens)
  const people = standing.filter((token) => token.kind === "person")
  return {
    text,
    tone,
    html: plain || (people.length === 0 && !looksFormatted(text)) ? undefined : await formatted(text, people),
    mentions: people.map(({ id }) => id),
    records: standing.flatMap((token) => (token.kind === "record" ? [{ type: token.type, id: token.id }] : [])),
  }
}

interface Obeyed {
  readonly text: string
  readonly tone: Written["tone"]
  /** Taken as it is. */
  readonly plain: boolean
}

const obey = (given: string): Obeyed => {
  const [, name = "", rest = ""] = /^(\/[a-z]+)(?:\s+([^]*))?$/.exec(given) ?? []
  const said = { tone: "plain", plain: false } as const
  switch (name as Command) {
    case "/me":
      return rest === "" ? { ...said, text: given } : { ...said, text: rest, tone: "emote" }
    case "/shrug":
      return { ...said, plain: true, text: `${rest} ¯\\_(ツ)_/¯`.trim() }
    case "/spoiler":
      return { ...said, text: rest === "" ? given : `||${rest.replaceAll("\n", " ")}||` }
    case "/plain":
      return { ...said, plain: true, text: rest === "" ? given : rest }
    default:
      // Two strokes say one, as in a path.
      return { ...said, text: given.startsWith("//") ? given.slice(1) : given }
  }
}

/** Whether it is worth loading what reads Markdown: most messages have no sign of it. */
const looksFormatted = (text: string) => /[*_`~|\\[]|^\s{0,3}(?:#{1,6}\s|>|[-+]\s|\d+[.)]\s|-{3}|={3})/m.test(text)

const formatted = async (text: string, people: ReadonlyArray<PersonToken>) => {
  // Without a connection it may not be there yet: the words go out as they are.
  const markdown = await import("./markdown.ts").catch(() => undefined)
  const html = markdown?.toHtml(text, people)
  return html !== undefined && size(text) + size(html) > mostBytes ? undefined : html
}

/** An event holds 64 KiB, in which the text stands twice. */
const mostBytes = 50_000
const size = (text: string) => new TextEncoder().encode(text).length

/** Loads what will be needed for it while it is still being written. */
export const prepare = (text: string) => {
  if (looksFormatted(text)) void import("./markdown.ts").catch(() => undefined)
}
