/** Two devices that meet to sign the new one in: matrix-js-sdk's own sessions, and what is refused. */
import { MSC4108RendezvousSession } from "matrix-js-sdk/lib/rendezvous/index.js"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Server, startServer } from "../support/server.ts"
import { request } from "../support/user.ts"

let server: Server
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const path = "/_matrix/client/unstable/org.matrix.msc4108/rendezvous"
const jsonPath = "/_matrix/client/unstable/io.element.msc4388/rendezvous"

const open = async (text: string) => {
  const response = await fetch(server.base + path, { method: "POST", body: text })
  const { url = "" } = (await response.json()) as { readonly url?: string }
  return { url, response, etag: response.headers.get("etag") ?? "" }
}
const put = (url: string, body: string, headers: Readonly<Record<string, string>>) =>
  fetch(url, { method: "PUT", body, headers })

describe("a meeting of two devices", () => {
  it("carries what each says to the other, in turn", async () => {
    expect(await request(server.base, "GET", "/_matrix/client/versions")).toMatchObject({
      body: { unstable_features: { "org.matrix.msc4108": true } },
    })
    const here = new MSC4108RendezvousSession({ fallbackRzServer: server.base + path })
    await here.send("hello")
    const there = new MSC4108RendezvousSession({ url: here.url! })
    expect(await there.receive()).toBe("hello")
    await there.send("hello yourself")
    expect(await here.receive()).toBe("hello yourself")
    await here.close()
    expect((await fetch(there.url!)).status).toBe(404)
  })

  it("lets nobody speak over what they have not read", async () => {
    const { url, etag } = await open("one")
    const said = await put(url, "two", { "if-match": etag })
    expect(said.status).toBe(202)
    const late = await put(url, "three", { "if-match": etag })
    expect([late.status, ((await late.json()) as { errcode: string }).errcode]).toEqual([412, "M_CONCURRENT_WRITE"])
    expect((await put(url, "three", {})).status).toBe(400)
    expect(await (await fetch(url)).text()).toBe("two")
    expect((await fetch(url, { headers: { "if-none-match": said.headers.get("etag") ?? "" } })).status).toBe(304)
  })

  it("can be held from a web page, and holds four kilobytes", async () => {
    const { url, response, etag } = await open("x".repeat(4096))
    expect(response.status).toBe(201)
    expect(response.headers.get("access-control-expose-headers")).toMatch(/ETag/i)
    expect(Date.parse(response.headers.get("expires") ?? "")).toBeGreaterThan(Date.now())
    const preflight = await fetch(url, { method: "OPTIONS" })
    expect(preflight.headers.get("access-control-allow-headers")).toMatch(/If-Match/i)
    expect((await put(url, "x".repeat(4097), { "if-match": etag })).status).toBe(413)
    const { response: large } = await open("x".repeat(4097))
    expect(large.status).toBe(413)
  })

  it("can be held in JSON", async () => {
    expect(await request(server.base, "GET", jsonPath)).toEqual({ status: 200, body: { create_available: true } })
    const { body: opened } = await request(server.base, "POST", jsonPath, { data: "hello" })
    const { id, sequence_token: first } = opened as Readonly<Record<string, string>>
    const there = `${jsonPath}/${id}`
    expect(await request(server.base, "GET", there)).toMatchObject({ body: { data: "hello", sequence_token: first } })
    const { body: replaced } = await request(server.base, "PUT", there, { data: "you", sequence_token: first })
    expect(replaced["sequence_token"]).not.toBe(first)
    expect(await request(server.base, "PUT", there, { data: "late", sequence_token: first })).toMatchObject({
      body: { errcode: "M_CONCURRENT_WRITE" },
    })
    expect(await request(server.base, "DELETE", there)).toEqual({ status: 200, body: {} })
    expect(await request(server.base, "GET", there)).toMatchObject({ status: 404, body: { errcode: "M_NOT_FOUND" } })
  })
})
