/** The emoji chosen last, kept in this browser. */
const key = "biz1.emoji"
const most = 16

export const recent = (): ReadonlyArray<string> => {
  const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "[]")
  return Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : []
}

export const remember = (glyph: string) =>
  localStorage.setItem(key, JSON.stringify([glyph, ...recent().filter((one) => one !== glyph)].slice(0, most)))
