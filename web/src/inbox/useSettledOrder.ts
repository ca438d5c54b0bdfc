/** The strip's order, held still while someone points at it or has the keyboard in it; it settles when they leave. */
import { computed, ref, watch } from "vue"
import type { Conversation } from "../client/model.ts"
import { keepOrder } from "./order.ts"

export function useSettledOrder(wanted: () => ReadonlyArray<Conversation>) {
  const holders = ref(0)
  let order: ReadonlyArray<string> = []

  const settled = computed(() => {
    const now = wanted()
    return holders.value > 0 ? keepOrder(order, now) : now
  })
  watch(
    settled,
    (now) => {
      order = now.map(({ id }) => id)
    },
    { immediate: true, flush: "sync" },
  )

  return {
    settled,
    hold: () => {
      holders.value += 1
    },
    release: () => {
      holders.value = Math.max(0, holders.value - 1)
    },
  }
}
