import { expect, it } from "vitest"
import { boxFor } from "./imageSize.ts"

it("keeps the proportions within the largest box", () => {
  expect(boxFor(1600, 1067)).toEqual({ width: 420, height: 280 })
  expect(boxFor(900, 1200)).toEqual({ width: 240, height: 320 })
})

it("never enlarges", () => {
  expect(boxFor(100, 80)).toEqual({ width: 100, height: 80 })
})

it("reserves something for an image of unknown size", () => {
  expect(boxFor(undefined, undefined).height).toBeGreaterThan(0)
})
