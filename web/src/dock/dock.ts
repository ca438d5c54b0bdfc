/** Conversations at hand in small windows while the reader is elsewhere. Remembered by this browser. */
import { defineStore } from "pinia"
import { computed, ref, shallowRef, watch } from "vue"
import { useConversations } from "../inbox/conversations.ts"
import { openRoom } from "../route.ts"
import { expand, fit, minimise, mostOpen, readWindows, remove, type Windows } from "./windows.ts"

const key = "biz1.dock"
/** What one window takes, with its gap, and what is left to the list. In px. */
const windowWidth = 372
const listWidth = 340

export const useDock = defineStore("dock", () => {
  const conversations = useConversations()
  const windows = shallowRef<Windows>(readWindows(localStorage.getItem(key)))
  /** How many windows fit beside each other. */
  const room = ref(mostOpen)
  watch(windows, (now) => localStorage.setItem(key, JSON.stringify(now)))

  /** One that the reader has left, or does not know yet, is not shown. */
  const shown = computed(() => fit(windows.value, room.value).filter(({ id }) => conversations.all.has(id)))

  /** What the reader moved last: the keyboard follows it. */
  const moved = shallowRef<{ readonly id: string }>()
  const move = (id: string, now: Windows) => {
    windows.value = now
    moved.value = { id }
  }

  return {
    shown,
    moved,
    measure: (width: number) => {
      room.value = width < 640 ? 0 : Math.max(1, Math.floor((width - listWidth) / windowWidth))
    },
    minimise: (id: string) => move(id, minimise(windows.value, id)),
    /** Where there is no room for a window the conversation is opened in the page. */
    expand: (id: string) => {
      if (room.value === 0) openRoom(id)
      else move(id, expand(windows.value, id, room.value))
    },
    remove: (id: string) => {
      windows.value = remove(windows.value, id)
    },
    clear: () => {
      windows.value = []
    },
  }
})
