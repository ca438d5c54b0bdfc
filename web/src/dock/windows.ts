/** Which conversations are in the dock, in the order they came, and which of them are open as small windows. */

export interface Docked {
  readonly id: string
  readonly open: boolean
}
export type Windows = ReadonlyArray<Docked>

export const mostOpen = 3

export const minimise = (windows: Windows, id: string): Windows =>
  windows.some((one) => one.id === id)
    ? windows.map((one) => (one.id === id ? { id, open: false } : one))
    : [...windows, { id, open: false }]

/** The one opened last comes last; those that no longer fit are minimised, the oldest first. */
export const expand = (windows: Windows, id: string, room: number): Windows =>
  fit([...remove(windows, id), { id, open: true }], room)

export const remove = (windows: Windows, id: string): Windows => windows.filter((one) => one.id !== id)

export const fit = (windows: Windows, room: number): Windows => {
  let left = Math.min(room, mostOpen)
  return windows
    .toReversed()
    .map((one) => ({ id: one.id, open: one.open && left-- > 0 }))
    .reverse()
}

/** @returns nothing where what was kept is not a dock */
export const readWindows = (kept: string | null): Windows => {
  const value: unknown = JSON.parse(kept ?? "[]")
  if (!Array.isArray(value)) return []
  return value.flatMap((one: { readonly id?: unknown; readonly open?: unknown } | null) =>
    typeof one?.id === "string" ? [{ id: one.id, open: one.open === true }] : [],
  )
}
