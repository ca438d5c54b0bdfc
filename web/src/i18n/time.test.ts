import { expect, it } from "vitest"
import { agoTime, clock, dayName, dayNumber, shortTime } from "./time.ts"

const berlin = { locale: "en-GB", zone: "Europe/Berlin" }
const now = Date.UTC(2026, 4, 3, 12, 10) // a Sunday
const day = 86_400_000

it("counts days in the reader's zone, on a day of 23 hours too", () => {
  const hour = 3_600_000
  const start = Date.UTC(2026, 2, 28, 23, 30) // half past midnight in Berlin, where the clocks go forward that night
  const passed = (hours: number, reader: typeof berlin) =>
    dayNumber(start + hours * hour, reader) - dayNumber(start, reader)
  expect([22, 23].map((hours) => passed(hours, berlin))).toEqual([0, 1])
  expect([15, 16].map((hours) => passed(hours, { locale: "en", zone: "Asia/Tokyo" }))).toEqual([0, 1])
})

it("writes the time as the reader's country does", () => {
  expect(clock(now, berlin)).toBe("14:10")
  expect(clock(now, { locale: "en-US", zone: "America/New_York" })).toBe("08:10 AM")
})

it("names days", () => {
  expect(dayName(now, now, berlin)).toBe("Today")
  expect(dayName(now - day, now, berlin)).toBe("Yesterday")
  expect(dayName(now - 3 * day, now, berlin)).toBe("Thursday")
  expect(dayName(now - 30 * day, now, berlin)).toMatch(/^Friday,? 3 April$/)
  expect(dayName(now - 400 * day, now, berlin)).toContain("2025")
  expect(dayName(now - day, now, { locale: "he", zone: "Asia/Jerusalem" })).toBe("אתמול")
})

it("is short in lists", () => {
  expect(shortTime(now - 60_000, now, berlin)).toBe("14:09")
  expect(shortTime(now - day, now, berlin)).toBe("Yesterday")
  expect(shortTime(now - 2 * day, now, berlin)).toBe("Fri")
  expect(shortTime(now - 30 * day, now, berlin)).toBe("3 Apr")
})

it("tells how long ago", () => {
  expect(agoTime(now - 5 * 60_000, now, berlin)).toBe("5 minutes ago")
  expect(agoTime(now - 2 * 3_600_000, now, berlin)).toBe("2 hours ago")
  expect(agoTime(now + 5_000, now, berlin)).toBe("this minute")
})
