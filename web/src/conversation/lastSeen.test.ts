import { expect, it } from "vitest"
import { lastSeen } from "./useReadReceipts.ts"

const a = { id: "a", at: 1 }
const b = { id: "b", at: 2 }
const c = { id: "c", at: 3 }

it("takes the last message that stayed on screen", () => {
  expect(lastSeen([a, b], [b, c], 0)).toBe(b)
})

it("takes none that scrolled by", () => {
  expect(lastSeen([a, b], [c], 0)).toBeUndefined()
})

it("never goes back", () => {
  expect(lastSeen([a, b], [a, b], 2)).toBeUndefined()
})
