/**
 * Subjects: what a message on the bus is about, in the grammar of NATS. Tokens joined by dots, `room.abc.typing`; in a
 * pattern `*` stands for one token and a last `>` for one or more.
 */

/** A NATS server takes commands in a line of at most 4,096 bytes, which holds the subject and more. */
const maxLength = 2_000
// Printable ASCII without the three signs of the grammar: whatever else there is goes through `token`.
const tokens = /^[!-)+,\-/-=?-~]+(?:\.[!-)+,\-/-=?-~]+)*$/

/** Where something may be published. */
export const isSubject = (text: string): boolean => text.length <= maxLength && tokens.test(text)

/** What may be subscribed to: every subject is a pattern, too. */
export const isPattern = (text: string): boolean =>
  text.length <= maxLength &&
  text
    .split(".")
    .every((part, index, all) => part === "*" || (part === ">" && index === all.length - 1) || tokens.test(part))

/** Any text as one token, so that an identifier cannot reach into its neighbours. Different texts, different tokens. */
export const token = (text: string): string =>
  text === "" ? "%" : encodeURIComponent(text.toWellFormed()).replace(/[.*]/g, (sign) => (sign === "." ? "%2E" : "%2A"))
