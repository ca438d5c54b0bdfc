/** The Content-Disposition header: whether a file is shown or saved, and under which name. RFC 6266. */

/** Characters. More than any file system takes, less than a header may have even when every one is escaped. */
const maxNameLength = 255

/**
 * A name as people may see and save it: no control characters, no folders, and no signs that turn the direction of
 * writing, by which `gpj.exe` reads `exe.jpg`. Letters of every script stay as they are.
 */
export const cleanFileName = (name: string): string | undefined => {
  const clean = name
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, "")
    .replace(/[/\\]/g, "_")
  return clean === "" ? undefined : Array.from(clean).slice(0, maxNameLength).join("")
}

/** A quoted name is plain ASCII without what browsers read differently; any other is percent-encoded UTF-8. */
export const contentDisposition = (kind: "inline" | "attachment", name: string | undefined): string => {
  const clean = name === undefined ? undefined : cleanFileName(name)
  if (clean === undefined) return kind
  if (/^[ !#$&-[\]-~]*$/.test(clean)) return `${kind}; filename="${clean}"`
  return `${kind}; filename*=UTF-8''${percentEncoded(clean)}`
}

/** RFC 5987 takes fewer signs as they are than a URL does. */
const percentEncoded = (text: string) =>
  encodeURIComponent(text).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
