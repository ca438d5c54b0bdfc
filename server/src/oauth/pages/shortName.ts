/**
 * What an app calls itself, fit for a heading: on one line, with nothing that turns the text around it, and no longer
 * than can be read at a glance. Anybody may register any name.
 */
const maxLetters = 40

export const shortName = (name: string | undefined): string | undefined => {
  const line = name
    ?.replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, " ")
    .replaceAll(/\s+/gu, " ")
    .trim()
  if (line === undefined || line === "") return undefined
  const letters = [...new Intl.Segmenter().segment(line.slice(0, 1000))].map(({ segment }) => segment.slice(0, 12))
  return letters.length > maxLetters
    ? `${letters
        .slice(0, maxLetters - 1)
        .join("")
        .trimEnd()}…`
    : letters.join("")
}
