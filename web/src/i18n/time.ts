/** Times in the reader's language and zone. Formatters are costly to make and are kept. */

export interface Reader {
  readonly locale: string
  /** An IANA zone; the browser's when left out. */
  readonly zone?: string
}

const kept = new Map<string, Intl.DateTimeFormat>()
const formatter = ({ locale, zone }: Reader, options: Intl.DateTimeFormatOptions) => {
  const key = `${locale}|${zone}|${JSON.stringify(options)}`
  const known =
    kept.get(key) ?? new Intl.DateTimeFormat(locale, zone === undefined ? options : { ...options, timeZone: zone })
  kept.set(key, known)
  return known
}

const dayMs = 86_400_000

/** The calendar day in the reader's zone, as a number that grows by one from day to day. */
export const dayNumber = (at: number, reader: Reader): number => {
  const parts = formatter({ ...reader, locale: "en-CA" }, { year: "numeric", month: "2-digit", day: "2-digit" }).format(
    at,
  )
  return Date.parse(parts) / dayMs
}

export const clock = (at: number, reader: Reader) =>
  formatter(reader, { hour: "2-digit", minute: "2-digit" }).format(at)

/** Everything there is to say: for tooltips. */
export const fullTime = (at: number, reader: Reader) =>
  formatter(reader, { dateStyle: "full", timeStyle: "long" }).format(at)

const sentenceCase = (text: string, locale: string) => text.charAt(0).toLocaleUpperCase(locale) + text.slice(1)

const relativeDay = (days: number, { locale }: Reader) =>
  sentenceCase(new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(-days, "day"), locale)

/** A day separator: today, yesterday, a weekday within the week, else a date. */
export const dayName = (at: number, now: number, reader: Reader): string => {
  const days = dayNumber(now, reader) - dayNumber(at, reader)
  if (days === 0 || days === 1) return relativeDay(days, reader)
  if (days > 1 && days < 7) return sentenceCase(formatter(reader, { weekday: "long" }).format(at), reader.locale)
  const thisYear = days >= 0 && days < 300
  const year = thisYear ? {} : { year: "numeric" as const }
  return formatter(reader, { weekday: "long", day: "numeric", month: "long", ...year }).format(at)
}

/** As short as a list needs it: a time today, a day this week, else a date. */
export const shortTime = (at: number, now: number, reader: Reader): string => {
  const days = dayNumber(now, reader) - dayNumber(at, reader)
  if (days <= 0) return clock(at, reader)
  if (days === 1) return relativeDay(1, reader)
  if (days < 7) return formatter(reader, { weekday: "short" }).format(at)
  return formatter(reader, days < 300 ? { day: "numeric", month: "short" } : { dateStyle: "short" }).format(at)
}

/** A day and a time to come. */
export const shortMoment = (at: number, reader: Reader) =>
  formatter(reader, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(at)

/** When someone was last active: minutes and hours ago, then as in a list. */
export const agoTime = (at: number, now: number, reader: Reader): string => {
  const minutes = Math.max(0, Math.round((now - at) / 60_000))
  const relative = new Intl.RelativeTimeFormat(reader.locale, { numeric: "auto" })
  if (minutes < 60) return relative.format(-minutes, "minute")
  if (minutes < 360) return relative.format(-Math.round(minutes / 60), "hour")
  return shortTime(at, now, reader)
}
