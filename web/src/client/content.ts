/** What the reader writes, as event content. */
import { type MatrixEvent, MsgType } from "matrix-js-sdk"
import type { RoomMessageEventContent } from "matrix-js-sdk/lib/types.js"
import type { Upload } from "./Chat.ts"

export const textContent = (text: string, replyTo: MatrixEvent | undefined, me: string): RoomMessageEventContent => {
  const content = { msgtype: MsgType.Text, body: text } as const
  if (replyTo === undefined) return { ...content, "m.mentions": {} } as RoomMessageEventContent
  const author = replyTo.getSender()
  return {
    ...content,
    "m.mentions": author === undefined || author === me ? {} : { user_ids: [author] },
    "m.relates_to": { "m.in_reply_to": { event_id: replyTo.getId() ?? "" } },
  } as RoomMessageEventContent
}

/** Spec: client-server, "Event replacements": clients that know none show the starred text. */
export const editContent = (text: string, eventId: string): RoomMessageEventContent =>
  ({
    msgtype: MsgType.Text,
    body: `* ${text}`,
    "m.mentions": {},
    "m.new_content": { msgtype: MsgType.Text, body: text, "m.mentions": {} },
    "m.relates_to": { rel_type: "m.replace", event_id: eventId },
  }) as RoomMessageEventContent

export const fileContent = ({ file, width, height, caption }: Upload, url: string): RoomMessageEventContent =>
  ({
    msgtype: messageType(file.type),
    body: caption === "" ? file.name : caption,
    filename: file.name,
    url,
    info: {
      mimetype: file.type || "application/octet-stream",
      size: file.size,
      ...(width !== undefined && height !== undefined ? { w: width, h: height } : {}),
    },
    "m.mentions": {},
  }) as RoomMessageEventContent

const messageType = (mimeType: string) => {
  // An SVG is a document that can carry scripts; it is offered as a file.
  if (mimeType.startsWith("image/") && mimeType !== "image/svg+xml") return MsgType.Image
  if (mimeType.startsWith("video/")) return MsgType.Video
  if (mimeType.startsWith("audio/")) return MsgType.Audio
  return MsgType.File
}
