/** What the reader writes, as event content. */
import { RECORDS } from "@biz1/protocol/business/names"
import { type MatrixEvent, MsgType } from "matrix-js-sdk"
import type { RoomMessageEventContent } from "matrix-js-sdk/lib/types.js"
import type { Upload, Voice, Written } from "./Chat.ts"

export const textContent = (written: Written, replyTo: MatrixEvent | undefined, me: string): RoomMessageEventContent =>
  ({
    msgtype: written.tone === "emote" ? MsgType.Emote : MsgType.Text,
    ...worded(written),
    "m.mentions": mentioned([...written.mentions, ...authorOf(replyTo, me)]),
    ...replying(replyTo),
  }) as RoomMessageEventContent

/** Spec: client-server, "Event replacements": clients that know none show the starred text; only new mentions tell. */
export const editContent = (written: Written, edited: MatrixEvent | undefined, id: string): RoomMessageEventContent => {
  const before: unknown = edited?.getContent()["m.mentions"]?.user_ids
  const known = new Set(Array.isArray(before) ? before : [])
  const content = { msgtype: written.tone === "emote" ? MsgType.Emote : MsgType.Text, ...worded(written) }
  return {
    ...content,
    body: `* ${written.text}`,
    ...(written.html === undefined ? {} : { formatted_body: `* ${written.html}` }),
    "m.mentions": mentioned(written.mentions.filter((userId) => !known.has(userId))),
    "m.new_content": { ...content, "m.mentions": mentioned(written.mentions) },
    "m.relates_to": { rel_type: "m.replace", event_id: id },
  } as RoomMessageEventContent
}

export const fileContent = (
  { file, width, height, caption, voice }: Upload,
  url: string,
  replyTo: MatrixEvent | undefined,
  me: string,
): RoomMessageEventContent =>
  ({
    msgtype: messageType(file.type),
    ...(caption.text === "" ? { body: file.name } : worded(caption)),
    filename: file.name,
    url,
    info: {
      mimetype: file.type || "application/octet-stream",
      size: file.size,
      ...(width !== undefined && height !== undefined ? { w: width, h: height } : {}),
      ...(voice === undefined ? {} : { duration: voice.durationMs }),
    },
    "m.mentions": mentioned([...caption.mentions, ...authorOf(replyTo, me)]),
    ...replying(replyTo),
    ...(voice === undefined ? {} : spoken(voice)),
  }) as RoomMessageEventContent

const worded = ({ text, html, records }: Written) => ({
  body: text,
  ...(html === undefined ? {} : { format: "org.matrix.custom.html", formatted_body: html }),
  ...(records.length === 0 ? {} : { [RECORDS]: records }),
})

const mentioned = (userIds: ReadonlyArray<string>) => (userIds.length === 0 ? {} : { user_ids: [...new Set(userIds)] })

const authorOf = (event: MatrixEvent | undefined, me: string) => {
  const author = event?.getSender()
  return author === undefined || author === me ? [] : [author]
}

const replying = (event: MatrixEvent | undefined) =>
  event === undefined ? {} : { "m.relates_to": { "m.in_reply_to": { event_id: event.getId() ?? "" } } }

/** MSC3245, "Voice messages", under the names that clients look for. */
const spoken = ({ durationMs, waveform }: Voice) => ({
  "org.matrix.msc1767.audio": { duration: durationMs, waveform },
  "org.matrix.msc3245.voice": {},
})

const messageType = (mimeType: string) => {
  // An SVG is a document that can carry scripts; it is offered as a file.
  if (mimeType.startsWith("image/") && mimeType !== "image/svg+xml") return MsgType.Image
  if (mimeType.startsWith("video/")) return MsgType.Video
  if (mimeType.startsWith("audio/")) return MsgType.Audio
  return MsgType.File
}
