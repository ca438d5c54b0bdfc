/**
 * Which thumbnail answers a request. Common sizes are steps of a ladder, so that few are made and all are kept; the
 * answer is never smaller than what was asked for. Spec: "Content repository", "Thumbnails".
 */

export interface Wanted {
  readonly width: number
  readonly height: number
  readonly method: "crop" | "scale"
  /** Moving, if the picture moves. */
  readonly animated: boolean
}

export interface ThumbnailSize extends Wanted {
  /** Its name among the kept ones; undefined for a size that nobody is expected to ask for again. */
  readonly keptAs: string | undefined
}

const ladder = {
  crop: [
    [32, 32],
    [96, 96],
    [256, 256],
    [512, 512],
  ],
  scale: [
    [320, 240],
    [640, 480],
    [800, 600],
    [1600, 1200],
  ],
} as const

/** More than this in either direction changes nothing for the pictures that are taken. */
const maxLength = 16_000

export const thumbnailSize = ({ width, height, method, animated }: Wanted): ThumbnailSize => {
  // A crop has the shape asked for: a square step stands for squares alone.
  const step = ladder[method].find(
    ([stepWidth, stepHeight]) => stepWidth >= width && stepHeight >= height && (method === "scale" || width === height),
  )
  if (step === undefined) {
    return {
      width: Math.min(width, maxLength),
      height: Math.min(height, maxLength),
      method,
      animated,
      keptAs: undefined,
    }
  }
  const keptAs = `${step[0]}x${step[1]}-${method}${animated ? "-animated" : ""}`
  return { width: step[0], height: step[1], method, animated, keptAs }
}
