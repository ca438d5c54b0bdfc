import { expect, it } from "vitest"
import { fileSize } from "./sizes.ts"

it.each([
  [0, "0 byte"],
  [999, "999 byte"],
  [2_740, "2.7 kB"],
  [482_133, "482 kB"],
  [52_428_800, "52 MB"],
])("writes %i bytes as %s", (bytes, text) => {
  expect(fileSize(bytes, "en-GB")).toBe(text)
})
