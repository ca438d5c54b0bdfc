/** Files from the server's media repository, asked for with the reader's token. Spec: client-server, "Content repository". */
import type { MatrixClient } from "matrix-js-sdk"

export interface Size {
  readonly width: number
  readonly height: number
}

export const fetchMedia = async (client: MatrixClient, mxc: string, size: Size | undefined): Promise<Blob> => {
  const token = client.getAccessToken() ?? ""
  const get = async (url: string | null) => {
    if (url === null) throw new Error(`not a media address: ${mxc}`)
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
    if (!response.ok) throw new Error(`media: ${response.status}`)
    return await response.blob()
  }
  const original = () => get(client.mxcUrlToHttp(mxc, undefined, undefined, undefined, false, true, true))
  if (size === undefined) return await original()
  // A server may be unable to make a thumbnail of what a browser can show.
  return await get(client.mxcUrlToHttp(mxc, size.width, size.height, "scale", false, true, true)).catch(original)
}
