/** What the Send button does: everything chosen and written goes out, in that order, and the field is empty again. */
import { computed } from "vue"
import { chat } from "../client/current.ts"
import { useSettings } from "../settings/settings.ts"
import { attempt } from "../ui/notices.ts"
import { compose } from "./compose.ts"
import { type Attached, empty, targetOf } from "./draft.ts"
import { useDrafts } from "./drafts.ts"
import { useScheduled } from "./later/scheduled.ts"
import { useOutgoing } from "./outgoing.ts"
import { useUploads } from "./uploads.ts"

export function useSending(roomId: string) {
  const drafts = useDrafts()
  const uploads = useUploads()
  const outgoing = useOutgoing()
  const { settings } = useSettings()

  const chosen = computed(() => uploads.of(roomId).length > 0)
  const editing = computed(() => drafts.of(roomId).about?.kind === "edit")
  const sendable = computed(() => (chosen.value && !editing.value) || drafts.of(roomId).text.trim() !== "")

  /** The text goes with the last file, as its caption; a reply is the first thing sent. */
  const send = () => {
    const draft = drafts.of(roomId)
    const said = { ...draft, text: draft.text.trim() }
    const holdMs = settings.undoSeconds * 1000
    const files = editing.value ? [] : uploads.take(roomId)
    drafts.clear(roomId)
    files.forEach((file, index) => {
      const { text, tokens } = index === files.length - 1 ? said : empty
      const about = index === 0 ? said.about : undefined
      outgoing.put(roomId, { ...empty, text, tokens, about }, { file, voice: undefined }, holdMs)
    })
    if (files.length === 0) outgoing.put(roomId, said, undefined, holdMs)
  }

  /** Text alone: a file would have to wait somewhere. */
  const schedulable = computed(() => !chosen.value && !editing.value && sendable.value)
  const schedule = async (at: Date) => {
    const draft = drafts.of(roomId)
    const written = await compose(draft.text.trim(), draft.tokens)
    if (!(await attempt(chat().schedule(roomId, written, targetOf(draft), at)))) return
    drafts.clear(roomId)
    await useScheduled().refresh(roomId)
  }

  /** What is written meanwhile stays where it is; only the reply goes along. */
  const sendVoice = (attached: Attached) => {
    const draft = drafts.of(roomId)
    outgoing.put(roomId, { ...empty, about: draft.about }, attached, settings.undoSeconds * 1000)
    drafts.forgetAbout(roomId)
  }

  /** Everything that has not gone yet comes back to where it was written. */
  const takeBack = () => {
    const back = outgoing.takeBack(roomId)
    const files = back.flatMap(({ attached }) => (attached === undefined ? [] : [attached.file]))
    if (files.length > 0) uploads.choose(roomId, files)
    const drafted = back.map(({ draft }) => draft)
    const text = [...drafted.map(({ text }) => text), drafts.of(roomId).text].filter((one) => one !== "").join("\n")
    const tokens = [...drafted, drafts.of(roomId)].flatMap((one) => one.tokens)
    const about = drafted.find((one) => one.about !== undefined)?.about ?? drafts.of(roomId).about
    drafts.put(roomId, { ...empty, text, tokens, about })
  }

  return { chosen, sendable, schedulable, send, schedule, sendVoice, takeBack }
}
