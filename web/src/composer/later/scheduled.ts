/** What the reader has told the server to send later, per conversation. The server keeps it; this asks. */
import { defineStore } from "pinia"
import { shallowReactive } from "vue"
import type { Scheduled } from "../../client/Chat.ts"
import { chat } from "../../client/current.ts"

export const useScheduled = defineStore("scheduled", () => {
  const byRoom = shallowReactive(new Map<string, ReadonlyArray<Scheduled>>())
  const of = (roomId: string) => byRoom.get(roomId) ?? []

  const refresh = async (roomId: string) => {
    const all = await chat()
      .scheduled(roomId)
      .catch(() => undefined)
    if (all !== undefined) byRoom.set(roomId, all)
  }
  const cancel = async (roomId: string, id: string) => {
    await chat().cancelScheduled(id)
    await refresh(roomId)
  }
  return { of, refresh, cancel, clearAll: () => byRoom.clear() }
})
