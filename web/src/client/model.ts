/** What the interface knows of Matrix: immutable values, made by the adapter and by nobody else. */

export interface Person {
  readonly id: string
  readonly name: string
  /** An `mxc:` address. */
  readonly avatar: string | undefined
}

export interface Member extends Person {
  readonly membership: "join" | "invite"
  readonly role: "owner" | "moderator" | "member"
}

export interface Presence {
  readonly state: "online" | "away" | "offline"
  /** When the person was last active, in ms since the epoch, if their server says so. */
  readonly lastActiveAt: number | undefined
}

/** What a room is for, beside talking: what it is about, or the lane that it is of another conversation. */
export type Purpose = "customer" | "project" | "mission" | "support" | "assistant" | "team" | "partner"

/** Which messages notify. */
export type Alerts = "all" | "mentions" | "none"

/** A record that a conversation is about, as its members are told of it. */
export interface LinkedRecord {
  readonly type: string
  readonly id: string
  /** Its number, else its title. */
  readonly label: string
  readonly title: string
  readonly status: string | undefined
  readonly primary: boolean
}

/** A room as the strip and the header show it. */
export interface Conversation {
  readonly id: string
  readonly name: string
  readonly topic: string | undefined
  readonly avatar: string | undefined
  readonly kind: "personal" | "group"
  readonly purpose: Purpose | undefined
  /** The main room of the conversation that this one is a lane of. */
  readonly laneOf: string | undefined
  readonly records: ReadonlyArray<LinkedRecord>
  readonly membership: "join" | "invite"
  /** Who the reader talks to here, in a personal conversation. */
  readonly other: string | undefined
  readonly inviter: Person | undefined
  readonly memberCount: number
  /** The server's `notification_count` and `highlight_count`. */
  readonly notifications: number
  readonly mentions: number
  /** There is something after the reader's receipt, whether it notifies or not. */
  readonly unseen: boolean
  /** The reader wants to come back to it. */
  readonly markedUnread: boolean
  readonly alerts: Alerts
  readonly pinned: boolean
  readonly lastAt: number
  readonly last: Message | undefined
  readonly failed: boolean
  readonly typing: ReadonlyArray<Person>
  readonly maySend: boolean
}

/** A thing that happened to the room rather than something that was said in it. */
export type Change =
  | { readonly kind: "created" | "joined" | "left" | "declined" | "avatar" | "encrypted" | "profile" | "other" }
  | { readonly kind: "invited" | "removed" | "banned" | "unbanned"; readonly target: Person }
  | { readonly kind: "renamed"; readonly name: string }
  | { readonly kind: "topic"; readonly topic: string }
  | { readonly kind: "displayName"; readonly before: string; readonly after: string }

export interface Attachment {
  /** An `mxc:` address. */
  readonly url: string
  readonly name: string
  readonly mimeType: string | undefined
  readonly sizeBytes: number | undefined
  readonly width: number | undefined
  readonly height: number | undefined
  readonly durationMs: number | undefined
}

/** Text with its formatting, as it came: nothing of it may be shown but through `safeHtml.ts`. */
export interface RichText {
  readonly html: string
  /** Who is mentioned, under the names they go by here. */
  readonly mentions: ReadonlyArray<Person>
}

export type Body =
  | {
      readonly kind: "text"
      readonly text: string
      readonly tone: "plain" | "emote" | "notice"
      readonly rich?: RichText | undefined
    }
  | {
      readonly kind: "image" | "video" | "audio" | "file"
      readonly file: Attachment
      readonly caption: string | undefined
      readonly rich?: RichText | undefined
    }
  | { readonly kind: "deleted"; readonly by: Person | undefined }
  | { readonly kind: "unreadable" }
  | { readonly kind: "change"; readonly change: Change }

export interface Quote {
  readonly id: string
  readonly sender: Person | undefined
  readonly body: Body | undefined
}

export interface Reaction {
  readonly key: string
  readonly count: number
  /** The reader's own reaction event, if this is one of theirs. */
  readonly ownId: string | undefined
}

/** Where one of the reader's own messages has got to. */
export type Delivery = "waiting" | "failed" | "stored" | "read"

export interface Message {
  /** Stays the same from local echo to the stored event. */
  readonly key: string
  /** The event ID, or the local one until the server has answered. */
  readonly id: string
  readonly sender: Person
  readonly own: boolean
  readonly at: number
  readonly body: Body
  readonly reply: Quote | undefined
  readonly edited: boolean
  readonly reactions: ReadonlyArray<Reaction>
  readonly delivery: Delivery
  readonly readBy: number
  /** Why sending failed, as the server put it. */
  readonly failure: string | undefined
}

/** What is loaded of a conversation, oldest first. */
export interface Timeline {
  readonly messages: ReadonlyArray<Message>
  readonly hasOlder: boolean
  /** The event that the reader's own receipt points at. */
  readonly readUpTo: string | undefined
}

export type Connection = "connecting" | "live" | "reconnecting" | "offline"

export interface Session {
  readonly baseUrl: string
  readonly userId: string
  readonly deviceId: string
  readonly accessToken: string
}
