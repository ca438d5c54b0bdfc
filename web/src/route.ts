/** Which conversation is open, kept in the address so that Back, reload and links work. */
import { readonly, ref } from "vue"

const read = () => {
  const match = /^#\/c\/(.+)$/.exec(location.hash)
  return match?.[1] === undefined ? undefined : decodeURIComponent(match[1])
}

const roomId = ref(read())
window.addEventListener("hashchange", () => {
  roomId.value = read()
})

export const useOpenRoom = () => readonly(roomId)
export const linkTo = (id: string) => `#/c/${encodeURIComponent(id)}`
export const openRoom = (id: string) => {
  location.hash = linkTo(id)
  roomId.value = id
}
export const closeRoom = () => {
  location.hash = "#/"
}

const coming = ref(false)
/** A conversation is being made, and will be the open one. */
export const useComing = () => readonly(coming)
export const openWhenMade = async (making: Promise<string>) => {
  coming.value = true
  try {
    openRoom(await making)
  } finally {
    coming.value = false
  }
}
