/** How loud a recording is, in as many steps as a message shows of it. MSC3245: each from 0 to 1024. */
export const steps = 60
const loudest = 1024

/** @param levels as measured, each from 0 to 1 */
export const toWaveform = (levels: ReadonlyArray<number>): ReadonlyArray<number> => {
  const count = Math.min(steps, levels.length)
  const peak = Math.max(...levels, 0.05)
  return Array.from({ length: count }, (_, step) => {
    const from = Math.floor((step * levels.length) / count)
    const to = Math.max(from + 1, Math.floor(((step + 1) * levels.length) / count))
    return Math.round((Math.max(...levels.slice(from, to)) / peak) * loudest)
  })
}

/** The root mean square of samples around 128, as an analyser gives them. */
export const loudness = (samples: Uint8Array): number => {
  let sum = 0
  for (const sample of samples) sum += ((sample - 128) / 128) ** 2
  return Math.min(1, Math.sqrt(sum / samples.length) * 2)
}
