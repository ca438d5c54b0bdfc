/** The suggestions for what stands at the caret: asked for as one types, walked with the arrows, taken or put away. */
import { computed, ref, shallowRef } from "vue"
import { type Suggestion, suggest } from "./sources.ts"
import { type Trigger, triggerAt } from "./trigger.ts"

/** Records are asked of the server. */
const settleMs = 150

export function useSuggest(roomId: string, take: (taken: Suggestion, trigger: Trigger) => void) {
  const items = shallowRef<ReadonlyArray<Suggestion>>([])
  const active = ref(0)
  let trigger: Trigger | undefined
  /** Put away: nothing more is suggested for what begins here. */
  let closedAt: number | undefined
  let settling: ReturnType<typeof setTimeout> | undefined

  const close = () => {
    trigger = undefined
    items.value = []
  }

  const look = (text: string, caret: number) => {
    clearTimeout(settling)
    const now = triggerAt(text, caret)
    if (now === undefined || now.start !== closedAt) closedAt = undefined
    if (now === undefined || closedAt !== undefined) return close()
    trigger = now
    // The others are here already: what Enter takes is what was found for the last letter.
    if (now.kind !== "record") void find(now)
    else settling = setTimeout(() => void find(now), settleMs)
  }

  const find = async (asked: Trigger) => {
    const found = await suggest(roomId, asked).catch(() => [])
    if (trigger !== asked) return
    items.value = found
    active.value = 0
  }

  const choose = (index: number) => {
    const chosen = items.value[index]
    if (chosen === undefined || trigger === undefined) return
    take(chosen, trigger)
    close()
  }

  /** @returns whether the key was meant for the suggestions. */
  const onKey = ({ key, shiftKey }: KeyboardEvent): boolean => {
    const count = items.value.length
    if (count === 0) return false
    if (key === "ArrowDown") active.value = (active.value + 1) % count
    else if (key === "ArrowUp") active.value = (active.value + count - 1) % count
    else if ((key === "Enter" || key === "Tab") && !shiftKey) choose(active.value)
    else if (key === "Escape") {
      closedAt = trigger?.start
      close()
    } else return false
    return true
  }

  return { items, active, open: computed(() => items.value.length > 0), look, choose, close, onKey }
}
