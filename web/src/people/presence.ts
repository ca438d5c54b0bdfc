/** Who is there, as far as servers say. */
import { defineStore } from "pinia"
import { ref, shallowReactive } from "vue"
import type { Presence } from "../client/model.ts"

export const usePresence = defineStore("presence", () => {
  const byUser = shallowReactive(new Map<string, Presence>())
  /** Out of reach of the server for so long that what is known is no longer true. */
  const stale = ref(false)
  return {
    stale,
    of: (userId: string | undefined) => (userId === undefined || stale.value ? undefined : byUser.get(userId)),
    put: (userId: string, now: Presence) => void byUser.set(userId, now),
    clear: () => byUser.clear(),
  }
})
