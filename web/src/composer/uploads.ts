/** Files chosen for conversations and not sent yet. They survive changing the view. */
import { defineStore } from "pinia"
import { shallowReactive } from "vue"

export interface Upload {
  readonly id: number
  readonly file: File
}

export const useUploads = defineStore("uploads", () => {
  const byRoom = shallowReactive(new Map<string, ReadonlyArray<Upload>>())
  let lastId = 0

  const of = (roomId: string) => byRoom.get(roomId) ?? []

  const choose = (roomId: string, files: Iterable<File>) => {
    const added = [...files].map((file): Upload => ({ id: ++lastId, file }))
    byRoom.set(roomId, [...of(roomId), ...added])
  }

  const drop = (roomId: string, dropped: number) =>
    byRoom.set(
      roomId,
      of(roomId).filter(({ id }) => id !== dropped),
    )

  /** All of them, to be sent. */
  const take = (roomId: string): ReadonlyArray<File> => {
    const taken = of(roomId)
    byRoom.delete(roomId)
    return taken.map(({ file }) => file)
  }

  return { of, choose, drop, take }
})
