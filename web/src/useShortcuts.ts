/** Keys that work everywhere in the page. By `code`, so that they do not depend on the keyboard's script. */
import { onScopeDispose } from "vue"
import { useConversations } from "./inbox/conversations.ts"
import { isUnread } from "./inbox/badges.ts"
import { openRoom, useOpenRoom } from "./route.ts"

export function useShortcuts(act: { readonly newConversation: () => void }) {
  const conversations = useConversations()
  const room = useOpenRoom()

  const step = (by: 1 | -1, unreadOnly: boolean) => {
    const ids = conversations.shown
      .filter((one) => one.id === room.value || !unreadOnly || isUnread(one))
      .map(({ id }) => id)
    const here = ids.indexOf(room.value ?? "")
    const next = ids[here < 0 ? 0 : here + by]
    if (next !== undefined) openRoom(next)
  }

  const onKey = (event: KeyboardEvent) => {
    const command = event.ctrlKey || event.metaKey
    if (command && !event.shiftKey && !event.altKey && event.code === "KeyK") act.newConversation()
    else if (event.altKey && !command && event.code === "ArrowDown") step(1, event.shiftKey)
    else if (event.altKey && !command && event.code === "ArrowUp") step(-1, event.shiftKey)
    else return
    event.preventDefault()
  }
  window.addEventListener("keydown", onKey)
  onScopeDispose(() => window.removeEventListener("keydown", onKey))
}
