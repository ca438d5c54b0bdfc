/** The box an image gets before it is there, so that nothing moves when it comes. */

const maxWidth = 420
const maxHeight = 320
const unknown = { width: 280, height: 200 }

export const boxFor = (width: number | undefined, height: number | undefined) => {
  if (!width || !height) return unknown
  const scale = Math.min(1, maxWidth / width, maxHeight / height)
  return { width: Math.max(48, Math.round(width * scale)), height: Math.max(48, Math.round(height * scale)) }
}
