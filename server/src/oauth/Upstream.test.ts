import { expect, it } from "vitest"
import { localpartsFor } from "./Upstream.ts"

const first = (claims: Readonly<Record<string, unknown>>) => localpartsFor(claims)[0]

it("takes a user name from what the other provider says, as it may be here", () => {
  expect(first({ preferred_username: "Dana.Levi", email: "x@example.com", name: "X" })).toBe("dana.levi")
  expect(first({ email: "Dana+work@example.com", name: "X" })).toBe("dana+work")
  expect(first({ name: "Zoë  Müller" })).toBe("zoe-mu-ller")
  expect(first({ preferred_username: "_bot", email: 7 })).toBe("bot")
})

it("has others at hand where that one is taken, or there is none", () => {
  expect(localpartsFor({ preferred_username: "dana" }).slice(0, 3)).toEqual(["dana", "dana-2", "dana-3"])
  expect(first({ name: "דנה" })).toBe("user-2")
  expect(new Set(localpartsFor({})).size).toBe(10)
})
