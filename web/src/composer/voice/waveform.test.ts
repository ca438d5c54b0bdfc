import { expect, it } from "vitest"
import { loudness, steps, toWaveform } from "./waveform.ts"

it("says how loud, within bounds, in as many steps as there are", () => {
  const long = toWaveform(Array.from({ length: 1000 }, (_, index) => index / 1000))
  expect(long).toHaveLength(steps)
  expect(long.at(-1)).toBe(1024)
  expect(long.every((level, index) => level >= (long[index - 1] ?? 0))).toBe(true)
  expect(toWaveform([0.2, 0.4])).toEqual([512, 1024])
  expect(toWaveform([])).toEqual([])
})

it("hears silence as silence", () => {
  expect(toWaveform([0, 0, 0])).toEqual([0, 0, 0])
  expect(loudness(new Uint8Array(64).fill(128))).toBe(0)
  expect(loudness(new Uint8Array(64).fill(255))).toBe(1)
})
