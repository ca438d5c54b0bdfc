/** An event's content as something to show. */
import { MAX_HTML_LENGTH } from "@biz1/protocol/html"
import { EventType, type MatrixEvent, MsgType, type Room } from "matrix-js-sdk"
import type { Attachment, Body, Change, RichText } from "./model.ts"
import { personIn } from "./people.ts"

type Json = Record<string, unknown>

/** The most people of one message whose names are looked up. */
const maxMentions = 50

const text = (value: unknown) => (typeof value === "string" ? value : undefined)
const count = (value: unknown) => (typeof value === "number" && value >= 0 ? value : undefined)

/** @returns nothing when the event is not for showing. */
export const toBody = (room: Room, event: MatrixEvent): Body | undefined => {
  const type = event.getType()
  if (event.isState()) {
    const change = event.isRedacted() ? undefined : toChange(room, event)
    return change && { kind: "change", change }
  }
  if (type === EventType.RoomMessageEncrypted && !event.isRedacted()) return { kind: "unreadable" }
  if (type !== EventType.RoomMessage && type !== EventType.Sticker) {
    return event.isRedacted() && type === EventType.RoomMessageEncrypted ? deleted(room, event) : undefined
  }
  if (event.isRelation("m.replace")) return undefined
  if (event.isRedacted()) return deleted(room, event)
  return type === EventType.Sticker ? toFile("image", event.getContent()) : toMessageBody(room, event)
}

const deleted = (room: Room, event: MatrixEvent): Body => {
  const by = event.getUnsigned().redacted_because?.sender
  return { kind: "deleted", by: by === undefined ? undefined : personIn(room, by) }
}

const toMessageBody = (room: Room, event: MatrixEvent): Body => {
  const content: Json = event.getContent()
  const rich = toRichText(room, content)
  switch (content["msgtype"]) {
    case MsgType.Image:
      return toFile("image", content, rich)
    case MsgType.Video:
      return toFile("video", content, rich)
    case MsgType.Audio:
      return toFile("audio", content, rich)
    case MsgType.File:
      return toFile("file", content, rich)
  }
  const tone =
    content["msgtype"] === MsgType.Emote ? "emote" : content["msgtype"] === MsgType.Notice ? "notice" : "plain"
  const body = text(content["body"]) ?? ""
  return { kind: "text", tone, text: event.replyEventId === undefined ? body : withoutFallback(body), rich }
}

const toRichText = (room: Room, content: Json): RichText | undefined => {
  const html = text(content["formatted_body"])
  if (html === undefined || content["format"] !== "org.matrix.custom.html" || html.length > MAX_HTML_LENGTH) return
  const ids = (content["m.mentions"] as { readonly user_ids?: unknown } | undefined)?.user_ids
  const known = Array.isArray(ids) ? ids.filter((id) => typeof id === "string").slice(0, maxMentions) : []
  return { html, mentions: known.map((id) => personIn(room, id)) }
}

/** Before version 1.13 of the specification a reply's body opened with the quoted message. */
const withoutFallback = (body: string) => {
  if (!body.startsWith("> <")) return body
  const lines = body.split("\n")
  const rest = lines.findIndex((line) => !line.startsWith("> "))
  return rest < 0 ? body : lines.slice(lines[rest] === "" ? rest + 1 : rest).join("\n")
}

const toFile = (kind: "image" | "video" | "audio" | "file", content: Json, rich?: RichText): Body => {
  const url = text(content["url"])
  const body = text(content["body"]) ?? ""
  // An encrypted file has `file` instead of `url`.
  if (url === undefined)
    return content["file"] === undefined ? { kind: "text", tone: "plain", text: body } : { kind: "unreadable" }
  const info = (content["info"] ?? {}) as Json
  const name = text(content["filename"]) ?? body
  const file: Attachment = {
    url,
    name,
    mimeType: text(info["mimetype"]),
    sizeBytes: count(info["size"]),
    width: count(info["w"]),
    height: count(info["h"]),
    durationMs: count(info["duration"]),
  }
  // Spec: client-server, "Media captions": a body beside a different filename is a caption.
  return { kind, file, caption: body !== name && body !== "" ? body : undefined, rich }
}

const toChange = (room: Room, event: MatrixEvent): Change | undefined => {
  const content: Json = event.getContent()
  switch (event.getType()) {
    case EventType.RoomCreate:
      return { kind: "created" }
    case EventType.RoomName:
      return { kind: "renamed", name: text(content["name"]) ?? "" }
    case EventType.RoomTopic:
      return { kind: "topic", topic: text(content["topic"]) ?? "" }
    case EventType.RoomAvatar:
      return { kind: "avatar" }
    case EventType.RoomEncryption:
      return { kind: "encrypted" }
    case EventType.RoomMember:
      return toMembershipChange(room, event)
    default:
      return undefined
  }
}

const toMembershipChange = (room: Room, event: MatrixEvent): Change | undefined => {
  const userId = event.getStateKey() ?? ""
  const self = userId === event.getSender()
  const target = personIn(room, userId)
  const now: Json = event.getContent()
  const before: Json = event.getPrevContent()
  const from = before["membership"]
  switch (now["membership"]) {
    case "invite":
      return { kind: "invited", target }
    case "ban":
      return { kind: "banned", target }
    case "leave":
      if (self) return { kind: from === "invite" ? "declined" : "left" }
      return { kind: from === "ban" ? "unbanned" : "removed", target }
    case "join": {
      if (from !== "join") return { kind: "joined" }
      const [was, is] = [text(before["displayname"]) ?? "", text(now["displayname"]) ?? ""]
      if (was !== is) return { kind: "displayName", before: was, after: is }
      return before["avatar_url"] === now["avatar_url"] ? undefined : { kind: "profile" }
    }
    default:
      return undefined
  }
}
