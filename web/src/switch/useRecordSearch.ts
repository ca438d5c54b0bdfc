/** Records by their number or title, for those who may see some. */
import { onScopeDispose, shallowRef, watch } from "vue"
import type { FoundRecord } from "../client/Chat.ts"
import { chat } from "../client/current.ts"

const afterMs = 200

export function useRecordSearch(term: () => string) {
  const records = shallowRef<ReadonlyArray<FoundRecord>>([])
  let timer: ReturnType<typeof setTimeout> | undefined

  const search = async (text: string) => {
    const found = await chat()
      .findRecords(text)
      .catch(() => [])
    if (term().trim() === text) records.value = found
  }
  watch(term, (now) => {
    clearTimeout(timer)
    const text = now.trim()
    if (text === "") records.value = []
    else timer = setTimeout(() => void search(text), afterMs)
  })
  onScopeDispose(() => clearTimeout(timer))
  return records
}
