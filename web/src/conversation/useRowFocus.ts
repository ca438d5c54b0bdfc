/** Walking through messages by keyboard: ↑ ↓ Home End. The focused row stays mounted while it is scrolled away. */
import type { VirtualizerHandle } from "virtua/vue"
import { computed, nextTick, ref } from "vue"
import type { Row } from "./rows.ts"

interface Focused {
  readonly rows: () => ReadonlyArray<Row>
  readonly list: () => VirtualizerHandle | undefined
  readonly scroller: () => HTMLElement | null
}

export function useRowFocus({ rows, list, scroller }: Focused) {
  const focusedKey = ref<string>()
  const indexOf = (key: string | undefined) => rows().findIndex((row) => row.key === key)
  const kept = computed(() => {
    const index = indexOf(focusedKey.value)
    return index < 0 ? [] : [index]
  })

  const focus = async (index: number) => {
    const key = rows()[index]?.key
    if (key === undefined) return
    list()?.scrollToIndex(index, { align: "nearest" })
    focusedKey.value = key
    await nextTick()
    scroller()
      ?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)
      ?.focus({ preventScroll: true })
  }

  const step = (by: 1 | -1) => {
    const from = indexOf(focusedKey.value)
    const start = from < 0 ? rows().length : from + by
    for (let index = from < 0 ? start - 1 : start; index >= 0 && index < rows().length; index += by) {
      if (rows()[index]?.kind === "message") return void focus(index)
    }
  }

  const onKey = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement
    if (target !== scroller() && target.dataset["key"] === undefined) return
    if (event.key === "ArrowUp") step(-1)
    else if (event.key === "ArrowDown") step(1)
    else if (event.key === "Home") void focus(rows().findIndex(({ kind }) => kind === "message"))
    else if (event.key === "End") void focus(rows().findLastIndex(({ kind }) => kind === "message"))
    else return
    event.preventDefault()
  }

  const onFocus = (event: FocusEvent) => {
    focusedKey.value = (event.target as HTMLElement).closest<HTMLElement>("[data-key]")?.dataset["key"]
  }

  return { kept, onKey, onFocus }
}
