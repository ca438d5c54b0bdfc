/** What there is to know of a file, wherever it came from. */
import type { StoredFile } from "./MediaStore.ts"

export interface MediaFile extends StoredFile {
  /** As it is served. */
  readonly contentType: string
  /** As its uploader called it. */
  readonly name: string | undefined
}
