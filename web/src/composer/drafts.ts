/** What the reader has begun to write, per conversation, kept in this browser. */
import { defineStore } from "pinia"
import { shallowReactive } from "vue"
import type { Message } from "../client/model.ts"

export interface Draft {
  readonly text: string
  /** The message that the draft answers or changes. */
  readonly about: { readonly kind: "reply" | "edit"; readonly message: Message } | undefined
}

const empty: Draft = { text: "", about: undefined }
const prefix = "biz1.draft."
const saveAfterMs = 300

export const useDrafts = defineStore("drafts", () => {
  const drafts = shallowReactive(new Map<string, Draft>(kept()))
  const saving = new Map<string, ReturnType<typeof setTimeout>>()

  const put = (roomId: string, draft: Draft) => {
    drafts.set(roomId, draft)
    clearTimeout(saving.get(roomId))
    saving.set(
      roomId,
      setTimeout(() => save(roomId, draft), saveAfterMs),
    )
  }
  const of = (roomId: string) => drafts.get(roomId) ?? empty
  return {
    of,
    /** Text that waits to be sent as a message of its own: an edit under way is not one. */
    textOf: (roomId: string) => (of(roomId).about?.kind === "edit" ? "" : of(roomId).text),
    write: (roomId: string, text: string) => put(roomId, { ...of(roomId), text }),
    replyTo: (roomId: string, message: Message) => {
      const { text, about } = of(roomId)
      put(roomId, { text: about?.kind === "edit" ? "" : text, about: { kind: "reply", message } })
    },
    edit: (roomId: string, message: Message, text: string) => put(roomId, { text, about: { kind: "edit", message } }),
    /** Of everyone: another person may sign in to this browser next. */
    clearAll: () => {
      for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key)
      drafts.clear()
    },
    clear: (roomId: string) => put(roomId, empty),
    /** Only the reply or edit; a reply's text stays. */
    forgetAbout: (roomId: string) => {
      const { text, about } = of(roomId)
      put(roomId, about?.kind === "edit" ? empty : { text, about: undefined })
    },
  }
})

function* kept(): Iterable<[string, Draft]> {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(prefix))
      yield [key.slice(prefix.length), { text: localStorage.getItem(key) ?? "", about: undefined }]
  }
}

const save = (roomId: string, { text, about }: Draft) => {
  if (text.trim() === "" || about?.kind === "edit") localStorage.removeItem(prefix + roomId)
  else localStorage.setItem(prefix + roomId, text)
}
