/** Who is signed in, and whether the server is listening. */
import { defineStore } from "pinia"
import { ref, shallowRef } from "vue"
import { forgetReaders } from "../composer/audience.ts"
import { useDrafts } from "../composer/drafts.ts"
import { useScheduled } from "../composer/later/scheduled.ts"
import { useOutgoing } from "../composer/outgoing.ts"
import { useConversations } from "../inbox/conversations.ts"
import { useDock } from "../dock/dock.ts"
import { useTimelines } from "../conversation/timelines.ts"
import { usePresence } from "../people/presence.ts"
import type { Watcher } from "./Chat.ts"
import { chat, closeChat, openChat } from "./current.ts"
import { forgetAll } from "./disk.ts"
import type { Connection, Person, Session } from "./model.ts"
import { forgetAll as forgetRefusals } from "./refusals.ts"
import { localpart } from "./localpart.ts"
import { forgetSession, keepSession, readSession } from "./session.ts"

const staleAfterMs = 60_000

export const useConnection = defineStore("connection", () => {
  const me = shallowRef<Person>()
  const state = ref<Connection>("connecting")
  /** The server ended the session: the sign-in page says so. */
  const expired = ref(false)

  let staling: ReturnType<typeof setTimeout> | undefined

  const watcher = (): Watcher => {
    const conversations = useConversations()
    const timelines = useTimelines()
    const presence = usePresence()
    return {
      conversation: conversations.put,
      timeline: timelines.changed,
      presence: presence.put,
      draft: useDrafts().heard,
      connection: (now) => {
        state.value = now
        clearTimeout(staling)
        if (now === "live") presence.stale = false
        else
          staling = setTimeout(() => {
            presence.stale = true
          }, staleAfterMs)
        if (now !== "live") return
        conversations.loaded = true
        useOutgoing().resume()
      },
      me: (now) => {
        me.value = now
      },
      signedOut: () => {
        expired.value = true
        void leave()
      },
    }
  }

  const enter = async (session: Session) => {
    keepSession(session)
    expired.value = false
    state.value = "connecting"
    me.value = { id: session.userId, name: localpart(session.userId), avatar: undefined }
    void useDrafts().restore()
    const client = await openChat(session)
    await client.start(watcher())
  }

  const leave = async () => {
    forgetSession()
    me.value = undefined
    useConversations().clear()
    useDock().clear()
    usePresence().clear()
    useDrafts().clearAll()
    useOutgoing().clearAll()
    useScheduled().clearAll()
    forgetReaders()
    forgetRefusals()
    void forgetAll()
    closeChat()
  }

  const signOut = async () => {
    await chat().signOut()
    await leave()
  }

  /** Signs in with what this browser remembers, if it does. */
  const restore = () => {
    const session = readSession()
    if (session !== undefined) void enter(session)
  }

  return { me, state, expired, enter, restore, signOut }
})

/** Tells at once what the sync loop would only notice when its request times out. */
export const followNetwork = () => {
  const connection = useConnection()
  window.addEventListener("offline", () => {
    if (connection.me) connection.state = "offline"
  })
  window.addEventListener("online", () => {
    if (connection.me === undefined) return
    connection.state = "reconnecting"
    chat().reconnect()
  })
}
