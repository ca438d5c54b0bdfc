/** Where a list goes on: opaque to callers, and refused when it is not one of ours. */
import { Effect } from "effect"
import { InvalidParam } from "@biz1/protocol/errors"

export const cursorOf = (values: ReadonlyArray<string | number>): string =>
  Buffer.from(JSON.stringify(values)).toString("base64url")

const wrong = () => Effect.fail(new InvalidParam({ error: "This is no cursor of this list", field: "after" }))

/** The numbers that a cursor holds; undefined without a cursor. */
export const readCursor = (text: string | undefined, length: number) => {
  if (text === undefined) return Effect.undefined
  try {
    const values: unknown = JSON.parse(Buffer.from(text, "base64url").toString())
    if (!Array.isArray(values) || values.length !== length) return wrong()
    return values.every((value) => Number.isSafeInteger(value)) ? Effect.succeed(values as Array<number>) : wrong()
  } catch {
    return wrong()
  }
}
