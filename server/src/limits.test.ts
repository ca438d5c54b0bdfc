import { describe, expect, it } from "vitest"
import { limits, parseLimits, rateOf, type LimitName } from "./limits.ts"

describe("limits", () => {
  it("are as the table says, but for those that are set", () => {
    const parsed = parseLimits("message.burst=7, login.perSecond = 0.5")!
    expect(rateOf(parsed, "message")).toEqual({ perSecond: limits["message.perSecond"].fallback, burst: 7 })
    expect(rateOf(parsed, "login")).toEqual({ perSecond: 0.5, burst: limits["login.burst"].fallback })
    expect(parseLimits("")).toEqual(
      Object.fromEntries(Object.entries(limits).map(([name, { fallback }]) => [name, fallback])),
    )
  })

  it.each([
    "x=1",
    "constructor=1",
    "read.burst",
    "read.burst=",
    "read.burst=1.5",
    "read.burst=0",
    "read.burst=-1",
    "a",
  ])("refuse %s", (text) => {
    expect(parseLimits(text)).toBeUndefined()
  })

  it.each(Object.keys(limits) as ReadonlyArray<LimitName>)("allow both ends of %s, and what is assumed", (name) => {
    const { minimum, maximum, fallback } = limits[name]
    for (const value of [minimum, maximum, fallback]) expect(parseLimits(`${name}=${value}`)?.[name]).toBe(value)
    expect(parseLimits(`${name}=${maximum + 1}`)).toBeUndefined()
  })
})
