import { describe, expect, it } from "vitest"
import { presets, toField } from "./times.ts"

describe("sending later", () => {
  const fields = (now: Date) => presets(now).map(({ name, at }) => [name, toField(at)])

  it("offers an hour from now, tomorrow and the next Monday, in the morning", () => {
    const thursday = new Date(2026, 10, 26, 15, 5)
    expect(fields(thursday)).toEqual([
      ["hour", "2026-11-26T16:05"],
      ["tomorrow", "2026-11-27T09:00"],
      ["week", "2026-11-30T09:00"],
    ])
  })

  it("offers Monday once", () => {
    expect(fields(new Date(2026, 10, 29, 8))).toEqual([
      ["hour", "2026-11-29T09:00"],
      ["tomorrow", "2026-11-30T09:00"],
    ])
    expect(fields(new Date(2026, 10, 30, 8)).at(-1)).toEqual(["week", "2026-12-07T09:00"])
  })

  it("goes over the end of a month and a year", () => {
    expect(fields(new Date(2026, 11, 31, 23, 30))[1]).toEqual(["tomorrow", "2027-01-01T09:00"])
  })
})
