/** What our own server offers beside Matrix, and what our client keeps in account data. */
import { type MatrixClient, Method } from "matrix-js-sdk"
import type { FoundRecord } from "./Chat.ts"

/** Account data of a room: what its owner has begun to write there. */
export const DRAFT = "com.biz1.draft"

export const accountDataPath = (userId: string, roomId: string, type: string) =>
  `/user/${encodeURIComponent(userId)}/rooms/${encodeURIComponent(roomId)}/account_data/${encodeURIComponent(type)}`

interface Records {
  readonly items: ReadonlyArray<{
    readonly type: string
    readonly id: string
    readonly number?: string
    readonly title: string
  }>
}

export const findRecords = async (client: MatrixClient, q: string): Promise<ReadonlyArray<FoundRecord>> => {
  const query = { ...(q === "" ? {} : { q }), limit: "8" }
  const { items } = await client.http.authedRequest<Records>(Method.Get, "/records", query, undefined, {
    prefix: "/_biz1/v1",
  })
  return items.map(({ type, id, number, title }) => ({ type, id, number, title }))
}
