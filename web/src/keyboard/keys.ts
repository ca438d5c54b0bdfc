/** Which key was meant, whatever the keyboard's script. */

type Key = Pick<KeyboardEvent, "key" | "code">

/** The Latin letter or the sign on the key; where the layout has no Latin letters, the one that is there on others. */
export const letterOf = ({ key, code }: Key): string => {
  if (/^[a-z]$/i.test(key)) return key.toLowerCase()
  if (/^[\x21-\x7e]$/.test(key)) return key
  return code === "Slash" ? "/" : (/^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase() ?? "")
}

const apple = /Mac|iPhone|iPad/.test(globalThis.navigator?.userAgent ?? "")

/** How the keys are called where the reader is: Apple's keyboards have signs for them. */
export const keyNames = (keys: string): ReadonlyArray<string> =>
  keys.split(" ").map((key) => (apple ? ({ Ctrl: "⌘", Alt: "⌥", Shift: "⇧" }[key] ?? key) : key))
