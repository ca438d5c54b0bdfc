/** The keys, as the list of them shows them. */
import type { TextKey } from "../i18n/t.ts"

export const shortcuts: ReadonlyArray<readonly [keys: string, does: TextKey]> = [
  ["Ctrl K", "keysSwitch"],
  ["Alt ↑", "keysPrevious"],
  ["Alt ↓", "keysNext"],
  ["Alt Shift ↑", "keysPreviousUnread"],
  ["Alt Shift ↓", "keysNextUnread"],
  ["F6", "keysNextRegion"],
  ["Shift F6", "keysPreviousRegion"],
  ["↑", "keysEditLast"],
  ["Shift Enter", "keysNewLine"],
  ["Esc", "keysEscape"],
  ["Ctrl /", "keysSheet"],
]
