/** Keys that work everywhere in the page. */
import { onScopeDispose } from "vue"
import { useConversations } from "./inbox/conversations.ts"
import { isUnread } from "./inbox/badges.ts"
import { letterOf } from "./keyboard/keys.ts"
import { openRoom, useOpenRoom } from "./route.ts"

export interface ShortcutActs {
  readonly quickSwitch: () => void
  readonly sheet: () => void
  readonly region: (by: 1 | -1) => void
}

export function useShortcuts(act: ShortcutActs) {
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
    const { altKey, code, shiftKey } = event
    const command = (event.ctrlKey || event.metaKey) && !altKey
    const alone = !command && !altKey
    if (command && !shiftKey && letterOf(event) === "k") act.quickSwitch()
    else if (command && letterOf(event) === "/") act.sheet()
    else if (alone && code === "F6") act.region(shiftKey ? -1 : 1)
    else if (altKey && !event.ctrlKey && code === "ArrowDown") step(1, shiftKey)
    else if (altKey && !event.ctrlKey && code === "ArrowUp") step(-1, shiftKey)
    else return
    event.preventDefault()
  }
  window.addEventListener("keydown", onKey)
  onScopeDispose(() => window.removeEventListener("keydown", onKey))
}
