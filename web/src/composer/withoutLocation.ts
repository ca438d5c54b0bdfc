/**
 * Where a photo was taken stays with the one who took it: the GPS part of a JPEG's EXIF block is emptied before upload.
 * The rest stays, as it holds which way is up. EXIF 2.32, section 4.6: a TIFF structure in the APP1 segment.
 */
const gpsTag = 0x8825
const entryBytes = 12

export const withoutLocation = async (file: File): Promise<File> => {
  if (file.type !== "image/jpeg") return file
  const bytes = new Uint8Array(await file.arrayBuffer())
  return eraseLocation(bytes)
    ? new File([bytes], file.name, { type: file.type, lastModified: file.lastModified })
    : file
}

/** @returns whether there was a location, now gone from the bytes given. */
export const eraseLocation = (bytes: Uint8Array): boolean => {
  const tiff = findTiff(bytes)
  if (tiff === undefined) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset + tiff.start, tiff.length)
  try {
    return eraseGps(view)
  } catch {
    return false // an offset points outside of the block: no reader would find a location there either
  }
}

/** Walks the JPEG's segments up to the picture itself. */
const findTiff = (bytes: Uint8Array) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 4 || view.getUint16(0) !== 0xffd8) return undefined
  let at = 2
  while (at + 10 < bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda) {
    const length = view.getUint16(at + 2)
    const isExif = bytes[at + 1] === 0xe1 && view.getUint32(at + 4) === 0x45786966 // "Exif"
    if (isExif) return { start: at + 10, length: Math.min(length - 8, bytes.length - at - 10) }
    at += 2 + length
  }
  return undefined
}

const eraseGps = (view: DataView): boolean => {
  const little = view.getUint16(0) === 0x4949
  const first = view.getUint32(4, little)
  for (const entry of entriesOf(view, first, little)) {
    if (view.getUint16(entry, little) !== gpsTag) continue
    const gps = view.getUint32(entry + 8, little)
    for (const inner of entriesOf(view, gps, little)) eraseEntry(view, inner, little)
    view.setUint16(gps, 0, little)
    return true
  }
  return false
}

const entriesOf = (view: DataView, directory: number, little: boolean) =>
  Array.from({ length: view.getUint16(directory, little) }, (_, index) => directory + 2 + index * entryBytes)

/** Bytes per value, by EXIF type. */
const widths = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8]

const eraseEntry = (view: DataView, entry: number, little: boolean) => {
  const sizeBytes = (widths[view.getUint16(entry + 2, little)] ?? 0) * view.getUint32(entry + 4, little)
  const values = sizeBytes > 4 ? view.getUint32(entry + 8, little) : entry + 8
  for (let at = values; at < values + sizeBytes && at < view.byteLength; at++) view.setUint8(at, 0)
  for (let at = entry; at < entry + entryBytes; at++) view.setUint8(at, 0)
}
