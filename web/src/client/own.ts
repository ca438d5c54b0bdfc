/** What our own server offers beside Matrix, and what our client keeps in account data. */
import { type MatrixClient, Method } from "matrix-js-sdk"
import type { FoundRecord } from "./Chat.ts"

/** Account data of a room: what its owner has begun to write there. */
export const DRAFT = "com.biz1.draft"

export const accountDataPath = (userId: string, roomId: string, type: string) =>
  `/user/${encodeURIComponent(userId)}/rooms/${encodeURIComponent(roomId)}/account_data/${encodeURIComponent(type)}`

const prefix = "/_biz1/v1"

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
  const { items } = await client.http.authedRequest<Records>(Method.Get, "/records", query, undefined, { prefix })
  return items.map(({ type, id, number, title }) => ({ type, id, number, title }))
}

/** What there is one conversation about, each. */
const ofTheirOwn: ReadonlyArray<string> = ["customer", "project", "mission"]

/** About other records people may talk in several conversations, the first of which is opened. */
export const openAbout = async (client: MatrixClient, { type, id, number, title }: FoundRecord): Promise<string> => {
  const record = { type, id }
  if (ofTheirOwn.includes(type)) return openConversation(client, { kind: type, record })
  const path = `/records/${encodeURIComponent(type)}/${encodeURIComponent(id)}/conversations`
  const { items } = await client.http.authedRequest<{ readonly items: ReadonlyArray<{ readonly id: string }> }>(
    Method.Get,
    path,
    undefined,
    undefined,
    { prefix },
  )
  return items[0]?.id ?? openConversation(client, { kind: "group", record, title: number ?? title })
}

const openConversation = async (client: MatrixClient, wanted: object): Promise<string> => {
  const path = "/conversations"
  const { id } = await client.http.authedRequest<{ readonly id: string }>(Method.Post, path, undefined, wanted, {
    prefix,
  })
  // Its members are the people of its record; whoever may join beside them does.
  if (client.getRoom(id) === null) await client.joinRoom(id).catch(() => undefined)
  return id
}
