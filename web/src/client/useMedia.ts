/** A file of the media repository as an address the browser can show: an `<img>` cannot send the reader's token. */
import { onScopeDispose, ref, watch } from "vue"
import { chat } from "./current.ts"

interface Size {
  readonly width: number
  readonly height: number
}

interface Entry {
  readonly blobUrl: Promise<string>
  users: number
}

const entries = new Map<string, Entry>()
/** Unused files kept for when they scroll back into view. */
const spare = 150

const acquire = (key: string, url: string, size: Size | undefined) => {
  const known = entries.get(key)
  const entry = known ?? {
    blobUrl: chat()
      .media(url, size)
      .then((blob) => URL.createObjectURL(blob)),
    users: 0,
  }
  entry.users += 1
  entries.delete(key) // last in, last out
  entries.set(key, entry)
  entry.blobUrl.catch(() => entries.delete(key)) // the next one to ask tries again
  return entry
}

const evict = () => {
  const unused = [...entries].filter(([, { users }]) => users === 0)
  for (const [key, { blobUrl }] of unused.slice(0, Math.max(0, unused.length - spare))) {
    entries.delete(key)
    void blobUrl.then(
      (address) => URL.revokeObjectURL(address),
      () => undefined,
    )
  }
}

export function useMedia(url: () => string | undefined, size?: Size) {
  const src = ref<string>()
  const failed = ref(false)
  let release = () => {}

  const settle = async (entry: Entry, wanted: () => boolean) => {
    const address = await entry.blobUrl.catch(() => undefined)
    if (!wanted()) return
    src.value = address
    failed.value = address === undefined
  }

  const show = (mxc: string | undefined) => {
    release()
    src.value = undefined
    failed.value = false
    if (mxc === undefined) return
    const entry = acquire(`${mxc} ${size?.width}x${size?.height}`, mxc, size)
    let wanted = true
    release = () => {
      wanted = false
      entry.users -= 1
      release = () => {}
      evict()
    }
    void settle(entry, () => wanted)
  }

  watch(url, show, { immediate: true })
  onScopeDispose(() => release())
  return { src, failed, retry: () => show(url()) }
}
