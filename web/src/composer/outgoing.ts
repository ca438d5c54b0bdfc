/**
 * What was sent and has not been handed to the Matrix client: files being uploaded, texts behind them, and whatever may
 * still be taken back. Each has its transaction id from the start and is kept in this browser, so that a reload loses and
 * doubles nothing. First in, first out, per conversation.
 */
import { defineStore } from "pinia"
import { shallowReactive } from "vue"
import { chat } from "../client/current.ts"
import { forget, keep, kept } from "../client/disk.ts"
import { reasonOf } from "../ui/notices.ts"
import { compose } from "./compose.ts"
import { type Attached, type Draft, type Kept, targetOf } from "./draft.ts"
import { measureImage } from "./measureImage.ts"
import { withoutLocation } from "./withoutLocation.ts"

export interface Entry extends Kept {
  readonly state: "waiting" | "sending" | "failed"
  /** From 0 to 1. */
  readonly progress: number
  /** Why it failed: in bytes, the most that the server takes; or in its own words. */
  readonly limit: number | undefined
  readonly reason: string | undefined
}

const retryMs = 5_000

export const useOutgoing = defineStore("outgoing", () => {
  const byRoom = shallowReactive(new Map<string, ReadonlyArray<Entry>>())
  const stops = new Map<string, AbortController>()
  const running = new Set<string>()
  const waking = new Map<string, ReturnType<typeof setTimeout>>()
  let restored = false
  let last = 0

  const of = (roomId: string) => byRoom.get(roomId) ?? []
  const change = (roomId: string, id: string, to: Partial<Entry>) =>
    byRoom.set(
      roomId,
      of(roomId).map((one) => (one.id === id ? { ...one, ...to } : one)),
    )
  const gone = (roomId: string, id: string) => {
    byRoom.set(
      roomId,
      of(roomId).filter((one) => one.id !== id),
    )
    void forget("outgoing", id)
  }

  const put = (roomId: string, draft: Draft, attached: Attached | undefined, holdMs: number) => {
    last = Math.max(last + 1, Date.now() * 1000)
    const id = `biz1.${last.toString(36)}.${Math.random().toString(36).slice(2)}`
    const entry: Kept = { id, roomId, order: last, dueAt: Date.now() + holdMs, draft, attached }
    byRoom.set(roomId, [...of(roomId), begin(entry)])
    void keep("outgoing", id, entry)
    void run(roomId)
  }

  const run = async (roomId: string) => {
    if (running.has(roomId)) return
    running.add(roomId)
    clearTimeout(waking.get(roomId))
    let next: Entry | undefined
    while ((next = of(roomId).find(({ state }) => state !== "failed")) !== undefined) {
      const wait = next.dueAt - Date.now()
      const held = wait > 0 ? wait : (await handOver(next)) ? 0 : retryMs
      if (held === 0) continue
      waking.set(
        roomId,
        setTimeout(() => void run(roomId), held),
      )
      break
    }
    running.delete(roomId)
  }

  /** @returns whether the next one's turn has come. */
  const handOver = async (entry: Entry): Promise<boolean> => {
    const { id, roomId, draft, attached } = entry
    try {
      const written = await compose(draft.text, draft.tokens)
      if (attached === undefined) chat().sendText(roomId, id, written, targetOf(draft))
      else await upload(entry, attached, written)
      gone(roomId, id)
    } catch (error) {
      if (!of(roomId).some((one) => one.id === id)) return true
      // A server that answers with a Matrix error means it; no connection, or a proxy's complaint, will pass.
      const refused = attached === undefined || "errcode" in (error as object)
      change(roomId, id, refused ? { state: "failed", reason: reasonOf(error) } : { state: "waiting", progress: 0 })
      return refused
    }
    return true
  }

  const upload = async (entry: Entry, { file, voice }: Attached, caption: Awaited<ReturnType<typeof compose>>) => {
    const { id, roomId, draft } = entry
    const stop = new AbortController()
    stops.set(id, stop)
    change(roomId, id, { state: "sending" })
    try {
      const limit = await chat().uploadLimit()
      if (limit !== undefined && file.size > limit) {
        change(roomId, id, { limit })
        throw Object.assign(new Error("too large"), { errcode: "M_TOO_LARGE" })
      }
      const size = await measureImage(file)
      const what = { file: await withoutLocation(file), caption, voice, width: size?.width, height: size?.height }
      const progress = (share: number) => change(roomId, id, { progress: share })
      await chat().sendFile(roomId, id, what, targetOf(draft), progress, stop.signal)
    } finally {
      stops.delete(id)
    }
  }

  const runAll = () => {
    for (const roomId of byRoom.keys()) void run(roomId)
  }

  const takeUp = async () => {
    for (const [id, entry] of await kept("outgoing")) {
      const here = of(entry.roomId)
      if (here.some((one) => one.id === id)) continue
      byRoom.set(
        entry.roomId,
        [...here, begin(entry)].toSorted((a, b) => a.order - b.order),
      )
    }
    runAll()
  }

  const drop = (roomId: string, id: string) => {
    gone(roomId, id)
    stops.get(id)?.abort()
  }

  return {
    of,
    put,
    drop,
    retry: (roomId: string, id: string) => {
      change(roomId, id, { state: "waiting", progress: 0 })
      void run(roomId)
    },
    /** What may still be taken back; it is not sent then. */
    takeBack: (roomId: string): ReadonlyArray<Entry> => {
      const held = of(roomId).filter(({ dueAt, state }) => state === "waiting" && dueAt > Date.now())
      for (const { id } of held) gone(roomId, id)
      return held
    },
    /** Whatever waits; the first time, also what an earlier page left. */
    resume: () => {
      if (!restored) {
        restored = true
        void alone(takeUp)
      }
      runAll()
    },
    clearAll: () => {
      for (const stop of stops.values()) stop.abort()
      for (const timer of waking.values()) clearTimeout(timer)
      byRoom.clear()
      restored = false
    },
  }
})

/** In one page at a time: what another one is still sending is not what an earlier one left. */
const alone = (act: () => Promise<void>) => {
  // Only pages that came over a secure connection have locks.
  if (!("locks" in navigator)) return act()
  return navigator.locks.request("biz1.outgoing", async () => {
    await act()
    await new Promise(() => {}) // until this page is closed
  })
}

const begin = (entry: Kept): Entry => ({ ...entry, state: "waiting", progress: 0, limit: undefined, reason: undefined })
