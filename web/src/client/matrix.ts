/**
 * The one adapter between the interface and matrix-js-sdk: its emitters become batched calls to a watcher, its objects
 * become immutable values. Loaded lazily, so that the shell paints without waiting for the SDK.
 */
import {
  ClientEvent,
  createClient,
  type EventTimelineSet,
  EventType,
  HttpApiEvent,
  IndexedDBStore,
  KnownMembership,
  type MatrixClient,
  MatrixEvent,
  MatrixEventEvent,
  type Membership,
  Method,
  PendingEventOrdering,
  Preset,
  RelationType,
  type Room,
  RoomEvent,
  RoomMemberEvent,
  RoomStateEvent,
  SyncState,
  type User,
  UserEvent,
  Visibility,
} from "matrix-js-sdk"
import { logger } from "matrix-js-sdk/lib/logger.js"
import type { Chat, Watcher } from "./Chat.ts"
import { editContent, fileContent, textContent } from "./content.ts"
import { accountDataPath, DRAFT, findRecords, openAbout } from "./own.ts"
import { makeDirty } from "./dirty.ts"
import { fetchMedia } from "./media.ts"
import type { Connection, Member, Person, Presence, Session } from "./model.ts"
import { discard, findPending, resend, resume, watch } from "./outbox.ts"
import { cancelScheduled, scheduledIn, scheduleMessage } from "./later.ts"
import { roomActions } from "./roomActions.ts"
import { personIn, personOf, toPerson } from "./people.ts"
import { readDirects, serviceIds, summarise } from "./summarise.ts"
import { toTimeline } from "./timeline.ts"

const page = 40

export const connect = (session: Session): Chat => {
  // The global logger is a loglevel one, which its type does not say; left alone it narrates every request.
  ;(logger as typeof logger & { readonly setLevel?: (level: "error") => void }).setLevel?.("error")
  const me = session.userId
  const store = new IndexedDBStore({ indexedDB, localStorage, dbName: `biz1:${me}:${session.deviceId}` })
  const client = createClient({ ...session, store, timelineSupport: true, disableVoip: true })
  const typing = new Map<string, Map<string, Person>>()
  const quoted = new Map<string, MatrixEvent | undefined>()
  let directs: ReadonlyMap<string, string> = new Map()
  let watcher: Watcher | undefined

  const roomOf = (roomId: string) => {
    const room = client.getRoom(roomId)
    if (room === null) throw new Error(`not in room ${roomId}`)
    return room
  }

  const find = (room: Room, eventId: string | undefined) =>
    eventId === undefined ? undefined : room.findEventById(eventId)

  /** An event that a reply points at; one outside the loaded timeline is fetched once and shown when it is there. */
  const findQuoted = (room: Room, eventId: string) => {
    const loaded = room.findEventById(eventId)
    if (loaded !== undefined || quoted.has(eventId)) return loaded ?? quoted.get(eventId)
    quoted.set(eventId, undefined)
    void fetchQuoted(room.roomId, eventId)
    return undefined
  }

  const fetchQuoted = async (roomId: string, eventId: string) => {
    const event = await client.fetchRoomEvent(roomId, eventId).catch(() => undefined)
    if (event === undefined) return
    quoted.set(eventId, new MatrixEvent(event))
    touch(roomId)
  }

  const { touch } = makeDirty((roomIds) => {
    for (const roomId of roomIds) {
      const room = client.getRoom(roomId)
      const now = room && summarise(room, me, directs, [...(typing.get(roomId)?.values() ?? [])], findQuoted)
      watcher?.conversation(roomId, now ?? undefined)
      if (now) watcher?.timeline(roomId)
    }
  })

  const touchAll = () => {
    for (const room of client.getRooms()) touch(room.roomId)
  }

  const listen = (to: Watcher) => {
    const touchRoom = (room: Room | undefined) => room && touch(room.roomId)
    client.on(ClientEvent.Room, (room) => {
      touch(room.roomId)
      room.on(RoomEvent.UnreadNotifications, () => touch(room.roomId)) // the client does not pass this one on
    })
    client.on(ClientEvent.DeleteRoom, touch)
    client.on(RoomEvent.Timeline, (_event, room) => touchRoom(room))
    client.on(RoomEvent.TimelineReset, (room: Room | undefined, _set: EventTimelineSet) => touchRoom(room))
    client.on(RoomEvent.LocalEchoUpdated, (_event, room) => touchRoom(room))
    client.on(RoomEvent.Redaction, (_event, room) => touchRoom(room))
    client.on(RoomEvent.Receipt, (_event, room) => touchRoom(room))
    client.on(RoomEvent.Name, touchRoom)
    client.on(RoomEvent.Tags, (_event, room) => touchRoom(room))
    client.on(RoomEvent.MyMembership, (room: Room, _membership: Membership) => touchRoom(room))
    client.on(RoomStateEvent.Update, ({ roomId }) => touch(roomId))
    client.on(MatrixEventEvent.Replaced, (event) => touch(event.getRoomId() ?? ""))
    client.on(ClientEvent.AccountData, (event) => {
      if (event.getType() === EventType.PushRules) touchAll()
      if (event.getType() !== EventType.Direct) return
      directs = readDirects(client)
      touchAll()
    })
    client.on(RoomEvent.AccountData, (event, room) => {
      if (event.getType() === DRAFT) to.draft(room.roomId, event.getContent())
      else touch(room.roomId)
    })
    client.on(RoomMemberEvent.Typing, (_event, member) => {
      if (member.userId === me) return
      const here = typing.get(member.roomId) ?? new Map<string, Person>()
      if (member.typing) here.set(member.userId, personIn(roomOf(member.roomId), member.userId))
      else here.delete(member.userId)
      typing.set(member.roomId, here)
      touch(member.roomId)
    })
    const presence = (_event: MatrixEvent | undefined, user: User) => to.presence(user.userId, toPresence(user))
    client.on(UserEvent.Presence, presence)
    client.on(UserEvent.CurrentlyActive, presence)
    client.on(UserEvent.LastPresenceTs, presence)
    const profile = (_event: MatrixEvent | undefined, user: User) => {
      if (user.userId === me) to.me(personOf(client, me))
    }
    client.on(UserEvent.DisplayName, profile)
    client.on(UserEvent.AvatarUrl, profile)
    client.on(HttpApiEvent.SessionLoggedOut, () => to.signedOut())
    client.on(ClientEvent.Sync, (state, _before, data) => {
      to.connection(toConnection(state, data?.fromCache ?? false))
      if (state === SyncState.Prepared) {
        directs = readDirects(client)
        touchAll()
        for (const user of client.getUsers()) to.presence(user.userId, toPresence(user))
      }
      if (state !== SyncState.Syncing) return
      for (const room of client.getRooms()) resume(client, room)
    })
  }

  const learnMe = async () => {
    const profile: { displayname?: string; avatar_url?: string } = await client.getProfileInfo(me).catch(() => ({}))
    watcher?.me(toPerson(me, profile.displayname, profile.avatar_url))
  }

  return {
    ...roomActions(client, me, roomOf),
    get me() {
      return personOf(client, me)
    },
    start: async (to) => {
      watcher = to
      listen(to)
      await store.startup().catch(() => undefined) // without IndexedDB the store works from memory
      void learnMe()
      await client.startClient({
        initialSyncLimit: 20,
        lazyLoadMembers: true,
        pendingEventOrdering: PendingEventOrdering.Detached,
      })
    },
    stop: () => client.stopClient(),
    signOut: async () => {
      await client.logout(true).catch(() => undefined)
      await client.clearStores().catch(() => undefined)
    },
    reconnect: () => {
      client.retryImmediately()
      for (const room of client.getRooms()) resume(client, room)
    },

    timeline: (roomId) => toTimeline(roomOf(roomId), me, findQuoted),
    loadOlder: async (roomId) => {
      await client.scrollback(roomOf(roomId), page)
      touch(roomId)
    },
    members: async (roomId) => {
      const room = roomOf(roomId)
      await room.loadMembersIfNeeded()
      const service = serviceIds(room)
      return room.getMembers().flatMap((member): ReadonlyArray<Member> => {
        if (service.includes(member.userId)) return []
        if (member.membership !== KnownMembership.Join && member.membership !== KnownMembership.Invite) return []
        const role = member.powerLevel >= 100 ? "owner" : member.powerLevel >= 50 ? "moderator" : "member"
        return [{ ...personIn(room, member.userId), membership: member.membership, role }]
      })
    },
    markRead: async (roomId, eventId) => {
      const event = roomOf(roomId).findEventById(eventId)
      if (event !== undefined) await client.setRoomReadMarkers(roomId, eventId, event)
    },

    sendText: (roomId, txnId, written, { replyTo, editing }) => {
      const room = roomOf(roomId)
      if (findPending(room, txnId) !== undefined) return // an earlier page has handed it over
      const content =
        editing === undefined
          ? textContent(written, find(room, replyTo), me)
          : editContent(written, find(room, editing), editing)
      watch(client, room, client.sendMessage(roomId, content, txnId))
    },
    sendFile: async (roomId, txnId, upload, { replyTo }, progress, signal) => {
      const room = roomOf(roomId)
      if (findPending(room, txnId) !== undefined) return
      const abortController = new AbortController()
      signal.addEventListener("abort", () => abortController.abort())
      const { content_uri } = await client.uploadContent(upload.file, {
        abortController,
        progressHandler: ({ loaded, total }) => progress(total > 0 ? loaded / total : 0),
      })
      const content = fileContent(upload, content_uri, find(room, replyTo), me)
      watch(client, room, client.sendMessage(roomId, content, txnId))
    },
    uploadLimit: async () => {
      const config = await client.getMediaConfig(true).catch(() => ({}))
      return (config as { readonly "m.upload.size"?: number })["m.upload.size"]
    },
    retry: (roomId, key) => {
      const room = roomOf(roomId)
      const event = findPending(room, key)
      if (event !== undefined) resend(client, room, event)
    },
    discard: (roomId, key) => {
      const event = findPending(roomOf(roomId), key)
      if (event !== undefined) discard(client, event)
    },
    remove: async (roomId, eventId) => {
      await client.redactEvent(roomId, eventId)
    },
    react: async (roomId, eventId, key) => {
      await client.sendEvent(roomId, EventType.Reaction, {
        "m.relates_to": { rel_type: RelationType.Annotation, event_id: eventId, key },
      })
    },
    schedule: (roomId, written, { replyTo }, at) =>
      scheduleMessage(client, roomId, textContent(written, find(roomOf(roomId), replyTo), me), at),
    scheduled: (roomId) => scheduledIn(client, roomId),
    cancelScheduled: (id) => cancelScheduled(client, id),
    keepDraft: async (roomId, content) => {
      // What is written for an encrypted conversation is nothing for the server.
      if (roomOf(roomId).hasEncryptionStateEvent()) return
      await client.http.authedRequest(Method.Put, accountDataPath(me, roomId, DRAFT), undefined, content)
    },
    findRecords: (query) => findRecords(client, query),
    setTyping: (roomId, on) => void client.sendTyping(roomId, on, 20_000).catch(() => undefined),

    searchPeople: async (term) => {
      const { results } = await client.searchUserDirectory({ term, limit: 20 })
      return results
        .map((user) => toPerson(user.user_id, user.display_name, user.avatar_url))
        .filter(({ id }) => id !== me)
    },
    openPersonal: async (userId) => {
      const known = [...directs].find(
        ([roomId, other]) => other === userId && client.getRoom(roomId)?.getMyMembership() === KnownMembership.Join,
      )
      if (known !== undefined) return known[0]
      const { room_id } = await client.createRoom({
        preset: Preset.TrustedPrivateChat,
        is_direct: true,
        invite: [userId],
      })
      await rememberDirect(client, userId, room_id)
      return room_id
    },
    openAbout: (record) => openAbout(client, record),
    createGroup: async (name, userIds) => {
      const { room_id } = await client.createRoom({
        name,
        preset: Preset.PrivateChat,
        visibility: Visibility.Private,
        invite: [...userIds],
      })
      return room_id
    },
    join: async (roomId) => {
      const inviter = client.getRoom(roomId)?.getDMInviter()
      await client.joinRoom(roomId)
      if (inviter !== undefined) await rememberDirect(client, inviter, roomId)
    },
    leave: async (roomId) => {
      await client.leave(roomId)
    },
    setName: async (name) => {
      await client.setDisplayName(name)
      await learnMe()
    },

    media: (url, size) => fetchMedia(client, url, size),
  }
}

const toPresence = (user: User): Presence => {
  const lastActiveAt = user.lastPresenceTs > 0 ? user.lastPresenceTs - user.lastActiveAgo : undefined
  const state = user.presence === "online" ? "online" : user.presence === "unavailable" ? "away" : "offline"
  return { state, lastActiveAt }
}

const toConnection = (state: SyncState, fromCache: boolean): Connection => {
  switch (state) {
    case SyncState.Prepared:
      return fromCache ? "connecting" : "live"
    case SyncState.Syncing:
    case SyncState.Catchup:
      return "live"
    default:
      return navigator.onLine ? "reconnecting" : "offline"
  }
}

/** Spec: client-server, "Direct messaging": whoever starts or accepts a personal conversation notes it for themselves. */
const rememberDirect = async (client: MatrixClient, userId: string, roomId: string) => {
  const now = client.getAccountData(EventType.Direct)?.getContent() ?? {}
  const rooms = now[userId] ?? []
  if (!rooms.includes(roomId)) await client.setAccountData(EventType.Direct, { ...now, [userId]: [...rooms, roomId] })
}
