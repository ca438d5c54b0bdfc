import { expect, it } from "vitest"
import { hueOf, initialsOf } from "./initials.ts"

it.each([
  ["Dana Levi", "DL"],
  ["maya", "M"],
  ["Ana María de la Cruz", "AC"],
  ["يوسف عمر", "يع"],
  ["👩‍💻 Team", "👩‍💻T"],
  ["Support: first line", "SL"],
  ["  ", "?"],
])("shortens %s to %s", (name, initials) => {
  expect(initialsOf(name)).toBe(initials)
})

it("always gives an ID the same hue", () => {
  expect(hueOf("@dana:example.com")).toBe(hueOf("@dana:example.com"))
})
