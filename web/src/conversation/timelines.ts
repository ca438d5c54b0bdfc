/** Timelines being looked at: read again from the client when it says that one changed. */
import { defineStore } from "pinia"
import { chat } from "../client/current.ts"
import type { Timeline } from "../client/model.ts"

type Observer = (now: Timeline) => void

export const useTimelines = defineStore("timelines", () => {
  const observers = new Map<string, Set<Observer>>()

  const changed = (roomId: string) => {
    const watching = observers.get(roomId)
    if (watching === undefined || watching.size === 0) return
    const now = chat().timeline(roomId)
    for (const observer of watching) observer(now)
  }

  /** Tells at once what is loaded, then whenever it changes. */
  const observe = (roomId: string, observer: Observer): (() => void) => {
    const watching = observers.get(roomId) ?? new Set()
    observers.set(roomId, watching.add(observer))
    observer(chat().timeline(roomId))
    return () => void watching.delete(observer)
  }

  return { observe, changed }
})
