import { expect, it } from "vitest"
import { eraseLocation } from "./withoutLocation.ts"

/** A JPEG's head with an orientation, and a GPS directory of one latitude: three rationals. */
const photo = (little: boolean) => {
  const bytes = new Uint8Array(120)
  const view = new DataView(bytes.buffer)
  const tiff = 12
  const put16 = (at: number, value: number) => view.setUint16(tiff + at, value, little)
  const put32 = (at: number, value: number) => view.setUint32(tiff + at, value, little)
  const entry = (at: number, tag: number, type: number, count: number, value: number) => {
    put16(at, tag)
    put16(at + 2, type)
    put32(at + 4, count)
    put32(at + 8, value)
  }
  view.setUint32(0, 0xffd8ffe1)
  view.setUint16(4, 108)
  view.setUint32(6, 0x45786966)
  view.setUint16(tiff, little ? 0x4949 : 0x4d4d)
  put16(2, 42)
  put32(4, 8)
  put16(8, 2)
  entry(10, 0x0112, 3, 1, little ? 6 : 6 << 16)
  entry(22, 0x8825, 4, 1, 38)
  put16(38, 1)
  entry(40, 2, 5, 3, 56)
  for (let at = 56; at < 80; at++) bytes[tiff + at] = 0xaa
  return bytes
}

it.each([[true], [false]])("erases where a photo was taken and keeps which way is up (little-endian: %s)", (little) => {
  const bytes = photo(little)
  const before = bytes.slice(0, 12 + 38)
  expect(eraseLocation(bytes)).toBe(true)
  expect(bytes).not.toContain(0xaa)
  expect(bytes.slice(0, 12 + 38)).toEqual(before)
})

it("leaves other files alone", () => {
  expect(eraseLocation(new Uint8Array([1, 2, 3]))).toBe(false)
  expect(eraseLocation(new Uint8Array(200).fill(0xff))).toBe(false)
})

it("gives up on offsets that lead nowhere", () => {
  const bytes = photo(true)
  new DataView(bytes.buffer).setUint32(12 + 4, 0xffffff, true)
  expect(eraseLocation(bytes)).toBe(false)
})
