/** What can be done by its name, after `>` in the quick switch. */
import { computed } from "vue"
import { chat } from "../client/current.ts"
import { useConnection } from "../client/connection.ts"
import { t } from "../i18n/t.ts"
import { isUnread } from "../inbox/badges.ts"
import { useConversations } from "../inbox/conversations.ts"
import { closeRoom } from "../route.ts"
import { useSettings } from "../settings/settings.ts"
import { attempt } from "../ui/notices.ts"

/** What the page has to open. */
export interface PageActs {
  readonly create: () => void
  readonly settings: () => void
  readonly sheet: () => void
}

export function useCommands(page: PageActs) {
  const { settings } = useSettings()
  const conversations = useConversations()
  const connection = useConnection()
  const readAll = () => {
    const unread = [...conversations.all.values()].filter((one) => one.membership === "join" && isUnread(one))
    return attempt(Promise.all(unread.map(({ id }) => chat().markAllRead(id))))
  }
  const theme = (chosen: typeof settings.theme) => () => {
    settings.theme = chosen
  }
  return computed(() => [
    { key: "create", label: t("newConversation"), act: page.create },
    { key: "readAll", label: t("markAllRead"), act: readAll },
    { key: "close", label: t("closeConversation"), act: closeRoom },
    { key: "settings", label: t("settings"), act: page.settings },
    { key: "sheet", label: t("keys"), act: page.sheet },
    { key: "light", label: `${t("theme")}: ${t("themeLight")}`, act: theme("light") },
    { key: "dark", label: `${t("theme")}: ${t("themeDark")}`, act: theme("dark") },
    { key: "system", label: `${t("theme")}: ${t("themeSystem")}`, act: theme("system") },
    { key: "signOut", label: t("signOut"), act: () => connection.signOut() },
  ])
}
