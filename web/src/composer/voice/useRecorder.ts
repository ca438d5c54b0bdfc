/** Records the microphone as Opus, and listens to how loud it is. */
import { computed, onScopeDispose, ref, shallowRef } from "vue"
import type { Attached } from "../draft.ts"
import { loudness, toWaveform } from "./waveform.ts"

/** In the order of preference: what plays everywhere first. */
const kinds = [
  { type: "audio/ogg;codecs=opus", ending: "ogg" },
  { type: "audio/webm;codecs=opus", ending: "webm" },
  { type: "audio/mp4", ending: "m4a" },
]
const measureMs = 50
const longestMs = 15 * 60_000

const supported = () => kinds.find(({ type }) => MediaRecorder.isTypeSupported(type))

export const mayRecord = () =>
  typeof MediaRecorder !== "undefined" && navigator.mediaDevices !== undefined && supported() !== undefined

export type State = "asking" | "recording" | "paused" | "done" | "refused"

export function useRecorder() {
  const state = ref<State>("asking")
  const levels = shallowRef<ReadonlyArray<number>>([])
  const recorded = shallowRef<Attached>()
  const durationMs = computed(() => levels.value.length * measureMs)
  let stream: MediaStream | undefined
  let recorder: MediaRecorder | undefined
  let context: AudioContext | undefined
  let measuring: ReturnType<typeof setInterval> | undefined
  let thrown = false

  const start = async () => {
    const kind = supported()
    stream = await navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => undefined)
    if (stream === undefined || kind === undefined) {
      state.value = "refused"
      return
    }
    if (thrown) return release()
    const chunks: Array<Blob> = []
    recorder = new MediaRecorder(stream, { mimeType: kind.type, audioBitsPerSecond: 32_000 })
    recorder.addEventListener("dataavailable", ({ data }) => chunks.push(data))
    recorder.addEventListener("stop", () => {
      release()
      if (thrown) return
      const type = kind.type.split(";")[0] ?? ""
      const file = new File(chunks, `voice.${kind.ending}`, { type })
      recorded.value = { file, voice: { durationMs: durationMs.value, waveform: toWaveform(levels.value) } }
      state.value = "done"
    })
    recorder.start(1_000)
    state.value = "recording"
    measure(stream)
  }

  const measure = (from: MediaStream) => {
    context = new AudioContext()
    const analyser = context.createAnalyser()
    analyser.fftSize = 1024
    context.createMediaStreamSource(from).connect(analyser)
    const samples = new Uint8Array(analyser.fftSize)
    measuring = setInterval(() => {
      if (state.value !== "recording") return
      analyser.getByteTimeDomainData(samples)
      levels.value = [...levels.value, loudness(samples)]
      if (durationMs.value >= longestMs) stop()
    }, measureMs)
  }

  const release = () => {
    clearInterval(measuring)
    for (const track of stream?.getTracks() ?? []) track.stop()
    if (context?.state !== "closed") void context?.close()
  }

  const stop = () => {
    if (recorder !== undefined && recorder.state !== "inactive") recorder.stop()
  }
  const pause = () => {
    if (state.value === "recording") {
      recorder?.pause()
      state.value = "paused"
    } else if (state.value === "paused") {
      recorder?.resume()
      state.value = "recording"
    }
  }

  onScopeDispose(() => {
    thrown = true
    stop()
    release()
  })
  void start()
  return { state, levels, durationMs, recorded, stop, pause }
}
