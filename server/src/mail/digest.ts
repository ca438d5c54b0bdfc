/** The mail about what is unread: for each room how much, and what was said last. */
import { html } from "../oauth/pages/html.ts"
import { letter } from "./letters.ts"
import type { Letter } from "./Mail.ts"

export interface DigestRoom {
  readonly name: string | undefined
  readonly unread: number
  /** The last messages; without a text where only the app can tell it. */
  readonly last: ReadonlyArray<{ readonly sender: string; readonly text: string | undefined }>
  /** Else the user is invited. */
  readonly isMember: boolean
}

interface Digest {
  readonly serverName: string
  readonly rooms: ReadonlyArray<DigestRoom>
  /** Where the app is, if this server has one. */
  readonly open: string | undefined
  readonly unsubscribe: string
  /** Part of the mail's own id: unlike that of any other mail. */
  readonly id: string
}

const maxRooms = 10
const maxText = 200

export const unreadDigest = ({ serverName, rooms, open, unsubscribe, id }: Digest): Letter => {
  const count = rooms.reduce((sum, { unread }) => sum + unread, 0)
  const what = count === 1 ? "1 unread message" : `${count} unread messages`
  const shown = rooms.slice(0, maxRooms).map(({ name, unread, last, isMember }) => {
    const title = line(name ?? last.at(-1)?.sender ?? "A conversation")
    const lines = isMember
      ? last.map(({ sender, text }) => `${line(sender)}: ${text === undefined ? "sent something" : line(text)}`)
      : last.map(({ sender }) => `${line(sender)} invites you`)
    return { title: unread > last.length ? `${title} (${unread})` : title, lines }
  })
  const made = letter({
    subject: rooms.length === 1 ? `${what}: ${shown[0]!.title}` : `${what} in ${rooms.length} conversations`,
    sentence: `This waits for you on ${serverName}.`,
    ...(open === undefined ? {} : { button: { label: "Open the messenger", url: open } }),
    more: {
      text: shown.map(({ title, lines }) => [title, ...lines.map((one) => `  ${one}`)].join("\n")).join("\n\n"),
      html: html`${shown.map(
        ({ title, lines }) =>
          html`<p style="margin:0 0 4px;font-size:15px;line-height:23px;font-weight:600" dir="auto">${title}</p>
            ${lines.map((one) => html`<p style="margin:0 0 4px;font-size:15px;line-height:23px" dir="auto">${one}</p>`)}
            <p style="margin:0 0 16px"></p>`,
      )}`,
    },
    otherwise: `No more of these mails: ${unsubscribe}`,
  })
  return {
    ...made,
    messageId: `<${id}@${serverName.replace(/:\d+$/, "")}>`,
    headers: { "List-Unsubscribe": `<${unsubscribe}>` },
  }
}

/** On one line, and not longer than a line should be. */
const line = (text: string) => {
  const flat = text.replaceAll(/\s+/g, " ").trim()
  return flat.length > maxText ? `${flat.slice(0, maxText)}…` : flat
}
