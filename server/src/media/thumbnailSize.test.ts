import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { thumbnailSize } from "./thumbnailSize.ts"

const kept = (width: number, height: number, method: "crop" | "scale", animated = false) =>
  thumbnailSize({ width, height, method, animated }).keptAs

describe("the size of a thumbnail", () => {
  it.each([
    [32, 32, "crop", "32x32-crop"],
    [33, 33, "crop", "96x96-crop"],
    [96, 96, "crop", "96x96-crop"],
    [320, 240, "scale", "320x240-scale"],
    [1, 241, "scale", "640x480-scale"],
    [640, 480, "scale", "640x480-scale"],
    [800, 600, "scale", "800x600-scale"],
    [801, 600, "scale", "1600x1200-scale"],
  ] as const)("%ix%i %s is a step of the ladder", (width, height, method, name) => {
    expect(kept(width, height, method)).toBe(name)
  })

  it("keeps the shape of a crop, and what is beyond the ladder, without keeping the thumbnail", () => {
    const wanted = { width: 100, height: 50, method: "crop", animated: false } as const
    expect(thumbnailSize(wanted)).toEqual({ ...wanted, keptAs: undefined })
    expect(kept(4000, 4000, "scale")).toBeUndefined()
  })

  it("tells moving ones from those that stand still", () => {
    expect(kept(32, 32, "crop", true)).not.toBe(kept(32, 32, "crop"))
  })

  it("is never smaller than what was asked for", () => {
    const length = fc.integer({ min: 1, max: 16_000 })
    fc.assert(
      fc.property(length, length, fc.constantFrom("crop", "scale"), (width, height, method) => {
        const size = thumbnailSize({ width, height, method, animated: false })
        expect(size.width).toBeGreaterThanOrEqual(width)
        expect(size.height).toBeGreaterThanOrEqual(height)
        const sameShape = size.width * height === size.height * width
        expect(sameShape || method === "scale").toBe(true)
      }),
    )
  })
})
