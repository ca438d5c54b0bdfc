/** Who is there, as far as servers say. */
import { defineStore } from "pinia"
import { shallowReactive } from "vue"
import type { Presence } from "../client/model.ts"

export const usePresence = defineStore("presence", () => {
  const byUser = shallowReactive(new Map<string, Presence>())
  return {
    of: (userId: string | undefined) => (userId === undefined ? undefined : byUser.get(userId)),
    put: (userId: string, now: Presence) => void byUser.set(userId, now),
    clear: () => byUser.clear(),
  }
})
