/** Tells the others that the reader is typing: at most every few seconds, and no longer than they do. */
import { onScopeDispose } from "vue"
import { chat } from "../client/current.ts"

const renewMs = 10_000
const idleMs = 5_000

export function useTypingNotice(roomId: string) {
  let toldAt = 0
  let idle: ReturnType<typeof setTimeout> | undefined

  const stopped = () => {
    clearTimeout(idle)
    if (toldAt === 0) return
    toldAt = 0
    chat().setTyping(roomId, false)
  }

  const typed = (text: string) => {
    if (text.trim() === "") return stopped()
    clearTimeout(idle)
    idle = setTimeout(stopped, idleMs)
    const now = Date.now()
    if (now - toldAt < renewMs) return
    toldAt = now
    chat().setTyping(roomId, true)
  }

  onScopeDispose(stopped)
  return { typed, stopped }
}
