/** Where the timeline stands: it opens at the unread divider or at the end, stays at the end, and says when it is away. */
import type { VirtualizerHandle } from "virtua/vue"
import { computed, nextTick, ref } from "vue"
import type { Row } from "./rows.ts"

interface Scrolled {
  readonly list: () => VirtualizerHandle | undefined
  readonly scroller: () => HTMLElement | null
  readonly rows: () => ReadonlyArray<Row>
  readonly nearStart: () => void
  readonly moved: () => void
}

/** Older messages are asked for this far ahead, in px. */
const ahead = 600
const atEndWithin = 24

const lastOwn = (rows: ReadonlyArray<Row>) => rows.findLast((row) => row.kind === "message" && row.message.own)?.key

/** A day's own separator says it already. */
const timeOf = (row: Row | undefined) => (row?.kind === "message" ? row.message.at : undefined)

export function useScroll({ list, scroller, rows, nearStart, moved }: Scrolled) {
  const atEnd = ref(true)
  const away = ref(false)
  const opened = ref(false)
  /** The time of the message at the top of the view, once the reader has left the end. */
  const topAt = ref<number>()
  /** The last row the reader saw at the end: what comes after it was missed. */
  const lastSeenKey = ref<string>()
  let own = lastOwn(rows())

  const missed = computed(() => {
    const from = rows().findIndex(({ key }) => key === lastSeenKey.value)
    return rows()
      .slice(from + 1)
      .filter((row) => row.kind === "message" && !row.message.own).length
  })

  const measure = () => {
    const view = scroller()
    if (view === null || !opened.value) return
    const toGo = view.scrollHeight - view.clientHeight - view.scrollTop
    atEnd.value = toGo <= atEndWithin
    away.value = toGo > view.clientHeight
    if (atEnd.value) lastSeenKey.value = rows().at(-1)?.key
    topAt.value = atEnd.value ? undefined : timeOf(rows()[list()?.findItemIndex(view.scrollTop) ?? -1])
    if (view.scrollTop < ahead) nearStart()
  }

  const stickToEnd = () => {
    const last = rows().length - 1
    if (last >= 0) list()?.scrollToIndex(last, { align: "end" })
  }

  const toEnd = () => {
    atEnd.value = true
    stickToEnd()
  }

  const open = async () => {
    await nextTick()
    const unread = rows().findIndex(({ kind }) => kind === "unread")
    if (unread >= 0) list()?.scrollToIndex(unread, { align: "start", offset: -48 })
    else stickToEnd()
    // The rows around there are measured first; what is at the end by then stays there.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        if (unread < 0) stickToEnd()
        opened.value = true
        measure()
        moved()
      }),
    )
  }

  /** New rows: follow the end if the reader is there, or if they have just written something. */
  const changed = () => {
    const ownNow = lastOwn(rows())
    const wrote = ownNow !== own
    own = ownNow
    if (wrote || atEnd.value) toEnd()
    measure()
    moved()
  }

  return {
    away,
    topAt,
    missed,
    open,
    changed,
    toEnd,
    scrolled: () => {
      measure()
      moved()
    },
    /** The view or a row changed its size. */
    resized: () => {
      if (opened.value && atEnd.value) stickToEnd()
    },
  }
}
