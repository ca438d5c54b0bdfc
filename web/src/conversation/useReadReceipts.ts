/**
 * Marks as read only what was really seen: the last message of which half was on screen for half a second, in a tab
 * that is visible and has the focus.
 */
import { onScopeDispose } from "vue"
import { chat } from "../client/current.ts"

const seenAfterMs = 500
/** After a receipt was refused: the attempt itself changes the timeline, and would be made again at once. */
const againAfterMs = 15_000

interface Shown {
  readonly id: string
  readonly at: number
}

/** @returns the last message seen both before and now, if it is newer than what was marked already. */
export const lastSeen = (
  before: ReadonlyArray<Shown>,
  now: ReadonlyArray<Shown>,
  marked: number,
): Shown | undefined => {
  const still = new Set(before.map(({ id }) => id))
  return now.findLast(({ id, at }) => still.has(id) && at > marked)
}

/** Half of the message, or enough of a tall one to fill half of the view. */
const isShown = (message: DOMRect, view: DOMRect) => {
  const visible = Math.min(message.bottom, view.bottom) - Math.max(message.top, view.top)
  return visible >= Math.min(message.height, view.height) / 2
}

const shownIn = (scroller: HTMLElement): ReadonlyArray<Shown> => {
  const view = scroller.getBoundingClientRect()
  return [...scroller.querySelectorAll<HTMLElement>("[data-event-id]")]
    .filter((element) => isShown(element.getBoundingClientRect(), view))
    .map(({ dataset }) => ({ id: dataset["eventId"] ?? "", at: Number(dataset["at"]) }))
}

export function useReadReceipts(roomId: string, readAt: number, scroller: () => HTMLElement | null) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let marked = readAt

  const attentive = () => document.visibilityState === "visible" && document.hasFocus()

  /** Call whenever what is on screen may have changed. */
  const look = () => {
    clearTimeout(timer)
    const view = scroller()
    if (view === null || !attentive()) return
    const before = shownIn(view)
    timer = setTimeout(() => {
      if (!attentive()) return
      const seen = lastSeen(before, shownIn(view), marked)
      if (seen === undefined) return
      const previously = marked
      marked = seen.at
      chat()
        .markRead(roomId, seen.id)
        .catch(() => {
          setTimeout(() => {
            marked = Math.min(marked, previously)
          }, againAfterMs)
        })
    }, seenAfterMs)
  }

  document.addEventListener("visibilitychange", look)
  window.addEventListener("focus", look)
  onScopeDispose(() => {
    clearTimeout(timer)
    document.removeEventListener("visibilitychange", look)
    window.removeEventListener("focus", look)
  })
  return { look }
}
