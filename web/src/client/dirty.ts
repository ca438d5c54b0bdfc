/** Collects what changed and tells of it once, after the current burst of events: a sync touches a room many times. */
export const makeDirty = (flush: (ids: ReadonlySet<string>) => void) => {
  let ids = new Set<string>()
  return {
    touch: (id: string) => {
      if (ids.size === 0) {
        setTimeout(() => {
          const now = ids
          ids = new Set()
          flush(now)
        })
      }
      ids.add(id)
    },
  }
}
