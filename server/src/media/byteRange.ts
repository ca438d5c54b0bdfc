/** Which part of a file a request wants. RFC 9110, "Range Requests". */

/** Positions of the first and the last byte, both within the file. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

/**
 * One range of bytes, `"unsatisfiable"` where it begins behind the file's end, undefined where the whole file is the
 * answer: nothing asked, several ranges, or a header that is not one.
 */
export const parseByteRange = (
  header: string | undefined,
  sizeBytes: number,
): ByteRange | "unsatisfiable" | undefined => {
  const match = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(header ?? "")
  if (match === null) return undefined
  const [, from, to] = match as unknown as [string, string, string]
  if (from === "" && to === "") return undefined
  if (from === "") {
    const count = Math.min(Number(to), sizeBytes)
    return count === 0 ? "unsatisfiable" : { first: sizeBytes - count, last: sizeBytes - 1 }
  }
  const first = Number(from)
  if (to !== "" && Number(to) < first) return undefined
  if (first >= sizeBytes) return "unsatisfiable"
  return { first, last: to === "" ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1) }
}
