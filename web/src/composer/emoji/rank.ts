/** Which of several things known by words are meant: the one so called, then those that begin so, short names first. */
export const rank = <A extends { readonly words: ReadonlyArray<string> }>(
  all: ReadonlyArray<A>,
  query: string,
): ReadonlyArray<A> => {
  const wanted = query.trim().toLocaleLowerCase().replace(/\s+/g, "_")
  const place = ({ words }: A) => {
    if (words.includes(wanted)) return words[0] === wanted ? 0 : 1
    if (words[0]?.startsWith(wanted)) return 2
    if (words.some((word) => word.startsWith(wanted))) return 3
    return words.some((word) => word.includes(`_${wanted}`)) ? 4 : undefined
  }
  const length = ({ words }: A) => words[0]?.length ?? 0
  const placed = all.flatMap((one) => {
    const at = place(one)
    return at === undefined ? [] : [{ one, at }]
  })
  return placed.toSorted((a, b) => a.at - b.at || length(a.one) - length(b.one)).map(({ one }) => one)
}
