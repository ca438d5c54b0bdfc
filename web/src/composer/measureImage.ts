/** A picture's size, upright, so that readers can reserve its space. */
export const measureImage = async (file: File): Promise<{ width: number; height: number } | undefined> => {
  if (!file.type.startsWith("image/")) return undefined
  const bitmap = await createImageBitmap(file).catch(() => undefined) // not every image type is one a browser can decode
  if (bitmap === undefined) return undefined
  const { width, height } = bitmap
  bitmap.close()
  return { width, height }
}
