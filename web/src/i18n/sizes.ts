/** File sizes and durations in the reader's language. */

const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const

export const fileSize = (sizeBytes: number, locale: string): string => {
  const step = Math.min(units.length - 1, sizeBytes < 1 ? 0 : Math.floor(Math.log10(sizeBytes) / 3))
  const value = sizeBytes / 1000 ** step
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: units[step] ?? "byte",
    unitDisplay: "short",
    maximumFractionDigits: value < 10 && step > 0 ? 1 : 0,
  }).format(value)
}
