/** ↑ in an empty field: back to the last thing one said. */
import { chat } from "../client/current.ts"
import { useDrafts } from "./drafts.ts"

export function useEditLast(roomId: string) {
  const drafts = useDrafts()
  return () => {
    const { messages } = chat().timeline(roomId)
    const last = messages.findLast(({ body, id, own }) => own && body.kind === "text" && id.startsWith("$"))
    if (last?.body.kind === "text") drafts.edit(roomId, last, last.body.text)
  }
}
