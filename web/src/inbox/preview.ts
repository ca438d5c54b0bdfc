/** The one line a conversation shows of itself: failed send > draft > typing > last message. */
import type { Body, Conversation, Person } from "../client/model.ts"
import { changeText } from "../conversation/changeText.ts"
import { t } from "../i18n/t.ts"

export interface Preview {
  readonly text: string
  readonly tone: "plain" | "draft" | "failed" | "typing"
}

export const previewOf = (conversation: Conversation, draft: string): Preview => {
  const { failed, inviter, last, membership, typing } = conversation
  if (membership === "invite") return plain(inviter ? t("invitedBy", { name: inviter.name }) : t("invited"))
  if (failed && last) return { tone: "failed", text: t("failedPreview", { text: bodyText(last.body, last.sender) }) }
  if (draft.trim() !== "") return { tone: "draft", text: t("draft", { text: draft.trim() }) }
  if (typing.length > 0)
    return { tone: "typing", text: conversation.kind === "personal" ? t("typingHere") : typingText(typing) }
  if (last === undefined) return plain(conversation.topic ?? "")

  const text = bodyText(last.body, last.sender)
  const stands = last.body.kind === "change" || last.body.kind === "deleted" || isEmote(last.body)
  if (stands) return plain(text)
  if (last.own) return plain(t("previewOwn", { text: isolated(text) }))
  return plain(conversation.kind === "group" ? t("previewFrom", { name: isolated(last.sender.name), text }) : text)
}

const plain = (text: string): Preview => ({ tone: "plain", text })
/** Words in another direction leave the rest of the line alone. */
const isolated = (name: string) => `\u2068${name}\u2069`
const isEmote = (body: Body) => body.kind === "text" && body.tone === "emote"

export const typingText = (typing: ReadonlyArray<Person>): string => {
  const [first, second, third] = typing
  if (first === undefined) return ""
  if (second === undefined) return t("typingOne", { name: first.name })
  return third === undefined ? t("typingTwo", { first: first.name, second: second.name }) : t("typingMany")
}

/** A message in one line of words, for previews, quotes and screen readers. */
export const bodyText = (body: Body, sender: Person): string => {
  switch (body.kind) {
    case "text":
      return body.tone === "emote"
        ? t("previewEmote", { name: sender.name, text: withoutSpoilers(body) })
        : withoutSpoilers(body)
    case "image":
      return body.caption ?? t("previewImage")
    case "video":
      return body.caption ?? t("previewVideo")
    case "audio":
      return body.caption ?? t("previewAudio")
    case "file":
      return body.caption ?? t("previewFile", { name: body.file.name })
    case "deleted":
      return t("deleted")
    case "unreadable":
      return t("unreadable")
    case "change":
      return changeText(body.change, sender)
  }
}

/** What waits for a click in the conversation is not told in its list, a quote or a notification. */
const withoutSpoilers = ({ text, rich }: Extract<Body, { kind: "text" }>) =>
  rich?.html.includes("data-mx-spoiler") === true ? text.replace(/\|\|[^\n]+?\|\|/g, "▒▒▒▒") : text
