/** Files on their way into conversations: chosen, then uploaded one after the other. They survive changing the view. */
import { defineStore } from "pinia"
import { shallowReactive } from "vue"
import { chat } from "../client/current.ts"
import { measureImage } from "./measureImage.ts"
import { withoutLocation } from "./withoutLocation.ts"

export interface Upload {
  readonly id: number
  readonly file: File
  readonly caption: string
  readonly state: "chosen" | "queued" | "sending" | "failed"
  /** From 0 to 1. */
  readonly progress: number
  /** A `blob:` address, for pictures. */
  readonly preview: string | undefined
  /** In bytes, when the file is larger than the server takes: there is no use in trying again. */
  readonly limit: number | undefined
}

export const useUploads = defineStore("uploads", () => {
  const byRoom = shallowReactive(new Map<string, ReadonlyArray<Upload>>())
  const stops = new Map<number, AbortController>()
  const running = new Set<string>()
  let lastId = 0

  const of = (roomId: string) => byRoom.get(roomId) ?? []
  const change = (roomId: string, id: number, to: Partial<Upload>) =>
    byRoom.set(
      roomId,
      of(roomId).map((one) => (one.id === id ? { ...one, ...to } : one)),
    )

  const choose = (roomId: string, files: Iterable<File>) => {
    const added = [...files].map((file): Upload => ({
      id: ++lastId,
      file,
      caption: "",
      state: "chosen",
      progress: 0,
      limit: undefined,
      preview: file.type.startsWith("image/") ? URL.createObjectURL(file) : undefined,
    }))
    byRoom.set(roomId, [...of(roomId), ...added])
  }

  const drop = (roomId: string, id: number) => {
    stops.get(id)?.abort()
    const gone = of(roomId).find((one) => one.id === id)
    if (gone?.preview !== undefined) URL.revokeObjectURL(gone.preview)
    byRoom.set(
      roomId,
      of(roomId).filter((one) => one.id !== id),
    )
  }

  /** Sends what was chosen, in order; the text goes with the last file, as its caption. */
  const send = (roomId: string, caption: string) => {
    const last = of(roomId).findLast(({ state }) => state === "chosen")
    for (const { id, state } of of(roomId)) {
      if (state === "chosen") change(roomId, id, { state: "queued", caption: id === last?.id ? caption : "" })
    }
    void run(roomId)
  }

  const retry = (roomId: string, id: number) => {
    change(roomId, id, { state: "queued", progress: 0 })
    void run(roomId)
  }

  const run = async (roomId: string) => {
    if (running.has(roomId)) return
    running.add(roomId)
    let next: Upload | undefined
    while ((next = of(roomId).find(({ state }) => state === "queued")) !== undefined) await transfer(roomId, next)
    running.delete(roomId)
  }

  const transfer = async (roomId: string, { id, file, caption }: Upload) => {
    const stop = new AbortController()
    stops.set(id, stop)
    change(roomId, id, { state: "sending" })
    try {
      const limit = await chat().uploadLimit()
      if (limit !== undefined && file.size > limit) return change(roomId, id, { state: "failed", limit })
      const size = await measureImage(file)
      const clean = await withoutLocation(file)
      const progress = (share: number) => change(roomId, id, { progress: share })
      await chat().sendFile(
        roomId,
        { file: clean, caption, width: size?.width, height: size?.height },
        progress,
        stop.signal,
      )
      drop(roomId, id)
    } catch {
      // Nothing is left to change when it failed because it was cancelled.
      change(roomId, id, { state: "failed" })
    } finally {
      stops.delete(id)
    }
  }

  return { of, choose, drop, send, retry }
})
