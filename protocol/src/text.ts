/** Text that people or programs choose, as short as it has to be. PostgreSQL can keep any but for NUL. */
import { Schema } from "effect"

export const shortText = (maxLength: number) =>
  Schema.String.check(
    Schema.isMaxLength(maxLength),
    Schema.makeFilter(
      (text: string) => (!text.includes("\0") && text.isWellFormed()) || "text with NUL or half characters",
    ),
  )

/** What a device is called, for its owner to know it by. */
export const DeviceName = shortText(256)
