/** What can be done with a conversation as a whole, the same in the strip's context menu and in the header's menu. */
import { chat } from "../client/current.ts"
import type { Alerts, Conversation } from "../client/model.ts"
import { useDock } from "../dock/dock.ts"
import { t } from "../i18n/t.ts"
import { closeRoom, linkTo, useOpenRoom } from "../route.ts"
import { ask, attempt } from "../ui/notices.ts"

export function useRoomMenu(conversation: () => Conversation) {
  const room = useOpenRoom()
  const dock = useDock()
  const id = () => conversation().id
  return {
    openSmall: () => {
      const opened = id()
      if (room.value === opened) closeRoom()
      dock.expand(opened)
    },
    pin: () => attempt(chat().pin(id(), !conversation().pinned)),
    markRead: () => attempt(chat().markAllRead(id())),
    markUnread: () => attempt(chat().markUnread(id(), true)),
    setAlerts: (wanted: Alerts) => attempt(chat().setAlerts(id(), wanted)),
    copyLink: () => attempt(navigator.clipboard.writeText(new URL(linkTo(id()), location.href).href)),
    leave: async () => {
      const left = id()
      if (!(await ask(t("leaveConfirm", { name: conversation().name }), t("leave")))) return
      if ((await attempt(chat().leave(left))) && room.value === left) closeRoom()
    },
  }
}
