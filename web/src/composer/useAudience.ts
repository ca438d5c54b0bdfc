/** The audience of what is being written, and the question that is asked once when it has grown. */
import { computed, ref, shallowRef, watch } from "vue"
import { chat } from "../client/current.ts"
import type { Conversation, Member } from "../client/model.ts"
import { locale, t } from "../i18n/t.ts"
import { knownReaders, newReaders, rememberReaders } from "./audience.ts"

/** More are counted rather than named. */
const mostNamed = 3

export function useAudience(conversation: () => Conversation) {
  const roomId = conversation().id
  const readers = shallowRef<ReadonlyArray<Member>>()
  const known = shallowRef(knownReaders(roomId))
  const asked = ref(false)

  const load = async () => {
    const members = await chat()
      .members(roomId)
      .catch(() => [])
    const me = chat().me.id
    readers.value = members.filter(({ id }) => id !== me)
    asked.value = false
  }
  watch(() => conversation().memberCount, load, { immediate: true })

  const added = computed(() => newReaders(readers.value ?? [], known.value))
  const text = computed(() => {
    const all = readers.value
    if (all === undefined) return ""
    if (all.length === 0) return t("audienceNobody")
    return t("audience", { names: listed(all) })
  })
  const question = computed(() => (asked.value ? t("audienceWider", { names: listed(added.value) }) : undefined))

  /** @returns whether to go on: the first time that more people would read it, the writer is told instead. */
  const agreed = (): boolean => {
    if (added.value.length > 0 && !asked.value) {
      asked.value = true
      return false
    }
    asked.value = false
    if (readers.value !== undefined) {
      rememberReaders(roomId, readers.value)
      known.value = knownReaders(roomId)
    }
    return true
  }

  return { text, question, agreed }
}

const listed = (people: ReadonlyArray<Member>) => {
  // Isolated, so that a name in another direction leaves the sentence alone.
  const names = people.slice(0, mostNamed).map(({ name }) => `\u2068${name}\u2069`)
  const rest = people.length - names.length
  return new Intl.ListFormat(locale.value).format(rest > 0 ? [...names, t("moreReaders", { count: rest })] : names)
}
