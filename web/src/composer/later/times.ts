/** When something may be sent later: the next full hours of somebody's day, in the zone of this browser. */

export interface Preset {
  readonly name: "hour" | "tomorrow" | "week"
  readonly at: Date
}

const morning = 9

/** Spaced so that no two of them say the same. */
export const presets = (now: Date): ReadonlyArray<Preset> => {
  const monday = (8 - now.getDay()) % 7 || 7
  const week: Preset = { name: "week", at: dayAt(now, monday) }
  return [
    { name: "hour", at: new Date(now.getTime() + 3_600_000) },
    { name: "tomorrow", at: dayAt(now, 1) },
    ...(monday === 1 ? [] : [week]),
  ]
}

const dayAt = (now: Date, days: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, morning)

/** As a field for date and time has it: local, without seconds. */
export const toField = (at: Date) => {
  const two = (part: number) => String(part).padStart(2, "0")
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`
}
