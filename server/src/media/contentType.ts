/**
 * What a file is served as: the type its uploader declared, unless the bytes plainly are something else.
 * Spec: "Content repository", the Content-Type of downloads and "Serving inline content".
 */
export const unknownType = "application/octet-stream"

/** As many bytes from the beginning as tell a type. */
export const headBytes = 4100

const token = "[!#$%&'*+.^_`|~0-9a-z-]+"
const mediaType = new RegExp(`^${token}/${token}(?:[ \\t]*;[ \\t]*${token}=(?:${token}|"[ !#-\\[\\]-~]*"))*$`, "i")
const maxTypeLength = 255

/** A type without its parameters. */
const essenceOf = (type: string) => type.split(";", 1)[0]!.trim().toLowerCase()

/** What the first bytes say. A file that breaks off says nothing. */
export const sniff = async (head: Uint8Array): Promise<string | undefined> => {
  const { fileTypeFromBuffer } = await import("file-type")
  return fileTypeFromBuffer(head).then(
    (found) => found?.mime,
    () => undefined,
  )
}

/** The type to serve. `found` is what the first bytes say. */
export const servedType = (declared: string | undefined, found: string | undefined): string => {
  const type = declared?.trim() ?? unknownType
  if (type.length > maxTypeLength || !mediaType.test(type)) return unknownType
  return isPlainlyWrong(essenceOf(type), found) ? unknownType : type
}

/** Pictures are known by their first bytes; sound and video share their containers, and some begin with anything. */
const isPlainlyWrong = (declared: string, found: string | undefined) => {
  if (pictures.has(declared)) return found === undefined || !found.startsWith("image/")
  if (!/^(?:audio|video)\//.test(declared) || found === undefined) return false
  return !/^(?:audio|video)\//.test(found) && found !== "application/ogg"
}

const pictures = new Set(["image/jpeg", "image/gif", "image/png", "image/apng", "image/webp", "image/avif"])

/** Types that browsers show without running anything in them. */
const inlineTypes = new Set([
  ...pictures,
  "text/css",
  "text/plain",
  "text/csv",
  "application/json",
  "application/ld+json",
  "video/mp4",
  "video/webm",
  "video/ogg",
  "video/quicktime",
  "audio/mp4",
  "audio/webm",
  "audio/aac",
  "audio/mpeg",
  "audio/ogg",
  "audio/wave",
  "audio/wav",
  "audio/x-wav",
  "audio/x-pn-wav",
  "audio/flac",
  "audio/x-flac",
])

/** Whether a browser may show the file where it is, rather than save it. */
export const isInline = (type: string): boolean => inlineTypes.has(essenceOf(type))
