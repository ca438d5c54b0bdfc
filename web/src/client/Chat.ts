/** What the interface asks of the Matrix client and hears from it. `matrix.ts` is the one implementation. */
import type { Connection, Conversation, Member, Person, Presence, Timeline } from "./model.ts"

/** Told in batches, after the event that caused them; each call replaces what was said before. */
export interface Watcher {
  readonly conversation: (id: string, now: Conversation | undefined) => void
  /** Something in this conversation's timeline changed: read it again if it is shown. */
  readonly timeline: (id: string) => void
  readonly presence: (userId: string, now: Presence) => void
  readonly connection: (now: Connection) => void
  readonly me: (now: Person) => void
  /** The server no longer knows this device. */
  readonly signedOut: () => void
}

export interface Upload {
  readonly file: File
  readonly width: number | undefined
  readonly height: number | undefined
  readonly caption: string
}

export interface Chat {
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
  readonly sendText: (
    roomId: string,
    text: string,
    about: { readonly replyTo?: string; readonly editing?: string },
  ) => void
  readonly sendFile: (
    roomId: string,
    upload: Upload,
    progress: (share: number) => void,
    signal: AbortSignal,
  ) => Promise<void>
  /** The largest file the server takes, in bytes, if it says so. */
  readonly uploadLimit: () => Promise<number | undefined>
  readonly retry: (roomId: string, key: string) => void
  readonly discard: (roomId: string, key: string) => void
  readonly remove: (roomId: string, eventId: string) => Promise<void>
  readonly react: (roomId: string, eventId: string, reaction: string) => Promise<void>
  readonly setTyping: (roomId: string, typing: boolean) => void

  readonly searchPeople: (term: string) => Promise<ReadonlyArray<Person>>
  /** The existing conversation with this person, or a new one. */
  readonly openPersonal: (userId: string) => Promise<string>
  readonly createGroup: (name: string, userIds: ReadonlyArray<string>) => Promise<string>
  readonly join: (roomId: string) => Promise<void>
  readonly leave: (roomId: string) => Promise<void>
  readonly setName: (name: string) => Promise<void>

  /** The file behind an `mxc:` address, asked for as the signed-in user; with a size, a thumbnail of about that size. */
  readonly media: (url: string, size: { readonly width: number; readonly height: number } | undefined) => Promise<Blob>
}
