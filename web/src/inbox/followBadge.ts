/** The title, the favicon and the app's icon say what waits, by the same number as the strip. */
import { watch } from "vue"
import { useConnection } from "../client/connection.ts"
import { t } from "../i18n/t.ts"
import { useOpenRoom } from "../route.ts"
import { shortCount, type TotalBadge } from "./badges.ts"
import { useConversations } from "./conversations.ts"

export const followBadge = () => {
  const conversations = useConversations()
  const connection = useConnection()
  const room = useOpenRoom()
  watch(
    () => {
      const name = connection.me && room.value ? conversations.all.get(room.value)?.name : undefined
      return [conversations.badge, name ? `${name} · ${t("app")}` : t("app")] as const
    },
    ([badge, title]) => {
      document.title = badge.count > 0 ? `(${shortCount(badge.count)}) ${title}` : title
    },
    { immediate: true },
  )
  watch(
    () => [conversations.badge.count, conversations.badge.mentioned] as const,
    ([count, mentioned]) => {
      void showOnIcon({ count, mentioned })
      if ("setAppBadge" in navigator) void navigator.setAppBadge(count).catch(() => undefined)
    },
  )
}

const plain = "/favicon.svg"

const showOnIcon = async (badge: TotalBadge) => {
  const link = document.querySelector<HTMLLinkElement>("link[rel=icon]")
  if (link === null) return
  link.href = badge.count === 0 ? plain : await drawIcon(badge)
}

const drawIcon = async ({ count, mentioned }: TotalBadge): Promise<string> => {
  const size = 64
  const canvas = document.createElement("canvas")
  canvas.width = canvas.height = size
  const context = canvas.getContext("2d")
  if (context === null) return plain
  const image = new Image(size, size)
  image.src = plain
  await image.decode()
  context.drawImage(image, 0, 0, size, size)
  context.fillStyle = "#d43f3f"
  context.beginPath()
  context.arc(44, 20, 20, 0, 2 * Math.PI)
  context.fill()
  context.fillStyle = "#fff"
  context.font = "bold 30px system-ui, sans-serif"
  context.textAlign = "center"
  context.textBaseline = "middle"
  context.fillText(mentioned ? "@" : count > 9 ? "9+" : String(count), 44, 22, 34)
  return canvas.toDataURL()
}
