/** A bar chart as a PNG, drawn here, so that the demo workspace has a picture that is its own. */
import { crc32, deflateSync } from "node:zlib"

const width = 640
const height = 360
const margin = 32
const paper = [250, 248, 245]
const line = [214, 206, 196]
const bar = [156, 94, 52]

/** Bars from the first value to the last, the highest as high as the picture allows. */
export const chart = (values) => {
  const step = (width - 2 * margin) / values.length
  const scale = (height - 2 * margin) / Math.max(...values)
  const colourAt = (x, y) => {
    const index = Math.floor((x - margin) / step)
    const inBar = index in values && (x - margin) % step < step * 0.7
    if (inBar && y < height - margin && y >= height - margin - values[index] * scale) return bar
    const ruled = y >= margin && (height - margin - y) % 74 === 0 && x >= margin && x < width - margin
    return ruled ? line : paper
  }
  const rows = Array.from({ length: height }, (_, y) => [
    0, // no filter
    ...Array.from({ length: width }, (__, x) => colourAt(x, y)).flat(),
  ])
  return { png: png(Buffer.from(rows.flat())), width, height }
}

const png = (pixels) => {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8) // 8 bits each of red, green and blue
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(pixels)),
    chunk("IEND", Buffer.alloc(0)),
  ])
}

const chunk = (type, data) => {
  const typed = Buffer.concat([Buffer.from(type), data])
  const [length, check] = [data.length, crc32(typed)].map((value) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return bytes
  })
  return Buffer.concat([length, typed, check])
}
