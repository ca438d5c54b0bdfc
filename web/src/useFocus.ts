/** Where the keyboard goes when a conversation is opened or closed: never to nowhere. */
import { nextTick, watch } from "vue"
import { useConversations } from "./inbox/conversations.ts"
import { useOpenRoom } from "./route.ts"

export function useFocus(frame: () => HTMLElement | null) {
  const room = useOpenRoom()
  const conversations = useConversations()
  const find = (selector: string) => frame()?.querySelector<HTMLElement>(selector)
  const nowhere = () => document.activeElement === null || document.activeElement === document.body

  /** To the message field; where a keyboard on the screen would cover half of it all, to the name. */
  const enter = () => {
    const field = matchMedia("(pointer: fine)").matches ? find("main textarea") : undefined
    const target = field ?? find("main h1")
    target?.focus({ preventScroll: true })
  }
  const leave = (id: string) => {
    if (nowhere()) find(`[data-room="${CSS.escape(id)}"]`)?.focus()
  }

  // One that was just begun has something to go to only when the sync has brought it.
  watch(
    () => [room.value, room.value !== undefined && conversations.all.has(room.value)] as const,
    async ([id, there], [before]) => {
      await nextTick()
      if (document.querySelector("[role=dialog]") !== null) return
      if (id !== undefined && there) enter()
      else if (id === undefined && before !== undefined) leave(before)
    },
  )
}
