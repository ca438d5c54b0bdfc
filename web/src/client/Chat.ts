/** What the interface asks of the Matrix client and hears from it. `matrix.ts` is the one implementation. */
import type { Alerts, Connection, Conversation, Member, Person, Presence, Timeline } from "./model.ts"

/** Told in batches, after the event that caused them; each call replaces what was said before. */
export interface Watcher {
  readonly conversation: (id: string, now: Conversation | undefined) => void
  /** Something in this conversation's timeline changed: read it again if it is shown. */
  readonly timeline: (id: string) => void
  /** What the reader has begun to write on another device, as it came. */
  readonly draft: (roomId: string, content: unknown) => void
  readonly presence: (userId: string, now: Presence) => void
  readonly connection: (now: Connection) => void
  readonly me: (now: Person) => void
  /** The server no longer knows this device. */
  readonly signedOut: () => void
}

export interface RecordKey {
  readonly type: string
  readonly id: string
}

/** A record as it is offered to be pointed at. */
export interface FoundRecord extends RecordKey {
  /** How people call it. */
  readonly number: string | undefined
  readonly title: string
}

/** What somebody wrote, ready to be sent. */
export interface Written {
  readonly text: string
  readonly html: string | undefined
  readonly tone: "plain" | "emote"
  /** The IDs of whoever is mentioned. */
  readonly mentions: ReadonlyArray<string>
  readonly records: ReadonlyArray<RecordKey>
}

/** The message that another one answers or changes. */
export interface Target {
  readonly replyTo?: string
  readonly editing?: string
}

/** A message that the server will send. */
export interface Scheduled {
  readonly id: string
  readonly at: number
  readonly text: string
}

/** Something spoken into the client. */
export interface Voice {
  readonly durationMs: number
  /** How loud it is, from 0 to 1024, in equal steps. */
  readonly waveform: ReadonlyArray<number>
}

export interface Upload {
  readonly file: File
  readonly width: number | undefined
  readonly height: number | undefined
  readonly caption: Written
  readonly voice: Voice | undefined
}

/** What a reader does with a conversation as a whole, for themselves. */
export interface RoomActions {
  readonly pin: (roomId: string, pinned: boolean) => Promise<void>
  readonly markUnread: (roomId: string, unread: boolean) => Promise<void>
  readonly markAllRead: (roomId: string) => Promise<void>
  readonly alerts: (roomId: string) => Alerts
  readonly setAlerts: (roomId: string, wanted: Alerts) => Promise<void>
}

export interface Chat extends RoomActions {
  readonly me: Person
  readonly start: (watcher: Watcher) => Promise<void>
  readonly stop: () => void
  readonly signOut: () => Promise<void>
  readonly reconnect: () => void

  readonly timeline: (roomId: string) => Timeline
  readonly loadOlder: (roomId: string) => Promise<void>
  readonly members: (roomId: string) => Promise<ReadonlyArray<Member>>
  readonly markRead: (roomId: string, eventId: string) => Promise<void>

  /** Local echo at once; the promise is settled by the outbox, so there is nothing to wait for. */
  readonly sendText: (roomId: string, txnId: string, written: Written, target: Target) => void
  readonly sendFile: (
    roomId: string,
    txnId: string,
    upload: Upload,
    target: Target,
    progress: (share: number) => void,
    signal: AbortSignal,
  ) => Promise<void>
  /** The largest file the server takes, in bytes, if it says so. */
  readonly uploadLimit: () => Promise<number | undefined>
  readonly retry: (roomId: string, key: string) => void
  readonly discard: (roomId: string, key: string) => void
  readonly remove: (roomId: string, eventId: string) => Promise<void>
  readonly react: (roomId: string, eventId: string, reaction: string) => Promise<void>
  /** Told to the server, which sends it in time whether this client is there or not. */
  readonly schedule: (roomId: string, written: Written, target: Target, at: Date) => Promise<void>
  readonly scheduled: (roomId: string) => Promise<ReadonlyArray<Scheduled>>
  readonly cancelScheduled: (id: string) => Promise<void>
  /** What the reader has begun to write, for their other devices. */
  readonly keepDraft: (roomId: string, content: object) => Promise<void>
  /** By words of a record's number, its title or its customer's. */
  readonly findRecords: (query: string) => Promise<ReadonlyArray<FoundRecord>>
  readonly setTyping: (roomId: string, typing: boolean) => void

  readonly searchPeople: (term: string) => Promise<ReadonlyArray<Person>>
  /** The existing conversation with this person, or a new one. */
  readonly openPersonal: (userId: string) => Promise<string>
  /** The conversation about this record, or a new one. */
  readonly openAbout: (record: FoundRecord) => Promise<string>
  readonly createGroup: (name: string, userIds: ReadonlyArray<string>) => Promise<string>
  readonly join: (roomId: string) => Promise<void>
  readonly leave: (roomId: string) => Promise<void>
  readonly setName: (name: string) => Promise<void>

  /** The file behind an `mxc:` address, asked for as the signed-in user; with a size, a thumbnail of about that size. */
  readonly media: (url: string, size: { readonly width: number; readonly height: number } | undefined) => Promise<Blob>
}
