import { expect, it } from "vitest"
import { letterOf } from "./keys.ts"

it("takes the letter that is written on a Latin key, wherever it lies", () => {
  expect(letterOf({ key: "k", code: "KeyV" })).toBe("k")
  expect(letterOf({ key: "K", code: "KeyK" })).toBe("k")
  expect(letterOf({ key: "/", code: "Digit7" })).toBe("/")
})

it("takes the key's place where the layout has no Latin letters", () => {
  expect(letterOf({ key: "ל", code: "KeyK" })).toBe("k")
  expect(letterOf({ key: "ظ", code: "Slash" })).toBe("/")
  expect(letterOf({ key: "F6", code: "F6" })).toBe("")
})
