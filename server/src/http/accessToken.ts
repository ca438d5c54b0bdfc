/** The access token of a request: in its header or, as old clients and bridges send it, in its query. */
import type { IncomingMessage } from "node:http"

/** The query without its question mark. */
export const searchOf = ({ url = "" }: IncomingMessage): string => {
  const at = url.indexOf("?")
  return at < 0 ? "" : url.slice(at + 1)
}

export const accessTokenOf = (request: IncomingMessage): string | undefined => {
  const header = request.headers.authorization
  if (header?.startsWith("Bearer ")) return header.slice(7)
  const search = searchOf(request)
  return search.includes("access_token=") ? (new URLSearchParams(search).get("access_token") ?? undefined) : undefined
}
