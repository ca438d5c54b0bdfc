/** What the reader has begun to write, per conversation: at once in this browser, soon on their other devices. */
import { defineStore } from "pinia"
import { shallowReactive } from "vue"
import { chat } from "../client/current.ts"
import { forget, keep, kept } from "../client/disk.ts"
import type { Message } from "../client/model.ts"
import { bodyText } from "../inbox/preview.ts"
import { type About, type Draft, empty, fromContent, toContent } from "./draft.ts"
import type { Token } from "./tokens.ts"

const keepAfterMs = 300
const tellAfterMs = 2_000
/** Whoever writes here now is not interrupted by what they wrote elsewhere. */
const busyMs = 5_000

type Timers = Map<string, ReturnType<typeof setTimeout>>

export const useDrafts = defineStore("drafts", () => {
  const drafts = shallowReactive(new Map<string, Draft>())
  const keeping: Timers = new Map()
  const telling: Timers = new Map()
  /** Where the account data have a draft that is not empty. */
  const told = new Set<string>()

  /** When the reader last wrote on this page. */
  const writtenAt = new Map<string, number>()
  const busy = (roomId: string) => Date.now() - (writtenAt.get(roomId) ?? 0) < busyMs

  const of = (roomId: string) => drafts.get(roomId) ?? empty

  const put = (roomId: string, draft: Omit<Draft, "at">) => {
    const now = { ...draft, at: Date.now() }
    writtenAt.set(roomId, now.at)
    drafts.set(roomId, now)
    later(keeping, roomId, keepAfterMs, () => save(roomId, now))
    // What was sent is gone at once: nobody should send it again from elsewhere.
    const empty = draft.text.trim() === ""
    if (!empty || told.has(roomId)) later(telling, roomId, empty ? 0 : tellAfterMs, () => tell(roomId, now))
    else clearTimeout(telling.get(roomId))
  }

  const tell = (roomId: string, draft: Draft) => {
    const content = toContent(draft)
    if (content.text === "") told.delete(roomId)
    else told.add(roomId)
    // What does not arrive is told with the next change.
    void chat()
      .keepDraft(roomId, content)
      .catch(() => undefined)
  }

  /** What another device wrote here. */
  const heard = (roomId: string, content: unknown) => {
    const draft = fromContent(content)
    if (draft === undefined) return
    if (draft.text !== "") told.add(roomId)
    const here = of(roomId)
    if (draft.at <= here.at || here.about?.kind === "edit" || busy(roomId)) return
    drafts.set(roomId, draft)
    void save(roomId, draft)
  }

  const restore = async () => {
    for (const [roomId, draft] of await kept("drafts")) if (draft.at > of(roomId).at) drafts.set(roomId, draft)
  }

  const write = (roomId: string, text: string, added: ReadonlyArray<Token> = []) => {
    const { about, tokens } = of(roomId)
    put(roomId, { text, about, tokens: [...tokens, ...added] })
  }

  return {
    of,
    write,
    heard,
    restore,
    /** Text that waits to be sent as a message of its own: an edit under way is not one. */
    textOf: (roomId: string) => (of(roomId).about?.kind === "edit" ? "" : of(roomId).text),
    put: (roomId: string, draft: Draft) => put(roomId, draft),
    replyTo: (roomId: string, message: Message) => {
      const { text, tokens, about } = of(roomId)
      const kept = about?.kind === "edit" ? empty : { text, tokens }
      put(roomId, { text: kept.text, tokens: kept.tokens, about: aboutOf("reply", message) })
    },
    /** A message that could not be sent, to be written anew. */
    rewrite: (roomId: string, message: Message) => {
      const { reply } = message
      const [author, said] = [reply?.sender, reply?.body]
      const about: About | undefined = reply &&
        author &&
        said && { kind: "reply", id: reply.id, author: author.name, text: bodyText(said, author) }
      put(roomId, { text: writtenIn(message) ?? "", tokens: mentionsOf(message), about })
    },
    edit: (roomId: string, message: Message, text: string) =>
      put(roomId, { text: writtenIn(message) ?? text, tokens: mentionsOf(message), about: aboutOf("edit", message) }),
    clearAll: () => {
      for (const timer of [...keeping.values(), ...telling.values()]) clearTimeout(timer)
      drafts.clear()
      told.clear()
    },
    clear: (roomId: string) => put(roomId, empty),
    /** Only the reply or edit; a reply's text stays. */
    forgetAbout: (roomId: string) => {
      const { text, tokens, about } = of(roomId)
      put(roomId, about?.kind === "edit" ? empty : { text, tokens, about: undefined })
    },
  }
})

const later = (timers: Timers, roomId: string, ms: number, act: () => void) => {
  clearTimeout(timers.get(roomId))
  timers.set(roomId, setTimeout(act, ms))
}

const save = (roomId: string, draft: Draft) =>
  draft.text.trim() === "" || draft.about?.kind === "edit" ? forget("drafts", roomId) : keep("drafts", roomId, draft)

const aboutOf = (kind: About["kind"], { id, sender, body }: Message): About => ({
  kind,
  id,
  author: sender.name,
  text: bodyText(body, sender),
})

/** As it was written, with all that a preview would leave out. */
const writtenIn = ({ body }: Message) => {
  if (body.kind !== "text") return undefined
  return body.tone === "emote" ? `/me ${body.text}` : body.text
}

const mentionsOf = ({ body }: Message): ReadonlyArray<Token> =>
  body.kind === "text"
    ? (body.rich?.mentions ?? []).map(({ id, name }) => ({ kind: "person", id, word: `@${name}` }))
    : []
