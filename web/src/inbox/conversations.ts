/** The reader's conversations, and which of them the strip shows. */
import { defineStore } from "pinia"
import { computed, ref, shallowReactive, watch } from "vue"
import type { Conversation } from "../client/model.ts"
import { totalBadge } from "./badges.ts"
import { type Filter, inOrder, isFilter, offered, select } from "./order.ts"

const filterKey = "biz1.filter"

export const useConversations = defineStore("conversations", () => {
  const all = shallowReactive(new Map<string, Conversation>())
  /** The first answer of the server is in. */
  const loaded = ref(false)
  const remembered = localStorage.getItem(filterKey) ?? ""
  const filter = ref<Filter>(isFilter(remembered) ? remembered : "all")
  const search = ref("")
  watch(filter, (now) => localStorage.setItem(filterKey, now))

  const shown = computed(() => inOrder(select([...all.values()], filter.value, search.value)))
  const offers = computed(() => offered([...all.values()], filter.value))
  const badge = computed(() => totalBadge(all.values()))

  const put = (id: string, now: Conversation | undefined) => {
    if (now === undefined) all.delete(id)
    else all.set(id, now)
  }
  const clear = () => {
    all.clear()
    loaded.value = false
    search.value = ""
  }
  return { all, loaded, filter, search, shown, offers, badge, put, clear }
})
