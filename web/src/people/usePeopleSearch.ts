/** People by name from the server's directory, or the one person a full user ID names. */
import { onScopeDispose, ref, watch } from "vue"
import { chat } from "../client/current.ts"
import { localpart } from "../client/localpart.ts"
import type { Person } from "../client/model.ts"

const afterMs = 200
/** Spec: appendices, "User identifiers". */
const userId = /^@[^:\s]+:[^\s]+$/

export function usePeopleSearch(term: () => string) {
  const found = ref<ReadonlyArray<Person>>([])
  const state = ref<"idle" | "searching" | "done" | "failed">("idle")
  let timer: ReturnType<typeof setTimeout> | undefined
  let latest = 0

  const search = async (text: string) => {
    const turn = ++latest
    const exact = userId.test(text) ? [{ id: text, name: localpart(text), avatar: undefined }] : []
    try {
      const people = await chat().searchPeople(text)
      if (turn !== latest) return
      found.value = [...people, ...exact.filter(({ id }) => people.every((one) => one.id !== id))]
      state.value = "done"
    } catch {
      if (turn !== latest) return
      found.value = exact
      state.value = exact.length > 0 ? "done" : "failed"
    }
  }

  watch(term, (now) => {
    clearTimeout(timer)
    const text = now.trim()
    latest += 1
    if (text === "") {
      found.value = []
      state.value = "idle"
      return
    }
    state.value = "searching"
    timer = setTimeout(() => void search(text), afterMs)
  })
  onScopeDispose(() => clearTimeout(timer))
  return { found, state }
}
