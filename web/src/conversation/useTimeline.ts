/** The messages of one conversation, oldest first, live while the component is mounted. */
import { onScopeDispose, ref, shallowRef } from "vue"
import { chat } from "../client/current.ts"
import type { Timeline } from "../client/model.ts"
import { useTimelines } from "./timelines.ts"

const nothing: Timeline = { messages: [], hasOlder: false, readUpTo: undefined }

export function useTimeline(roomId: string) {
  const timeline = shallowRef(nothing)
  /** The change being shown added messages at the start: the list keeps its place by its end. */
  const prepended = ref(false)
  const older = ref<"idle" | "loading" | "failed">("idle")

  const stop = useTimelines().observe(roomId, (next) => {
    const first = timeline.value.messages[0]
    prepended.value = first !== undefined && next.messages.indexOf(first) > 0
    timeline.value = next
  })
  onScopeDispose(stop)

  const loadOlder = async () => {
    if (older.value === "loading" || !timeline.value.hasOlder) return
    older.value = "loading"
    older.value = await chat()
      .loadOlder(roomId)
      .then(
        () => "idle" as const,
        () => "failed" as const,
      )
  }

  return { timeline, prepended, older, loadOlder }
}
