/** Limits as an operator sets them. */
import { afterAll, beforeAll, expect, it } from "vitest"
import { startServer, type Server } from "../support/server.ts"
import { registerUser } from "../support/user.ts"

let server: Server
beforeAll(async () => {
  server = await startServer({
    RATE_LIMITS: "on",
    LIMITS: "message.perSecond=0.001,message.burst=2,request.bytes=131072,emptyMedia.perUser=1",
  })
})
afterAll(() => server.stop())

it("hold as they are set, and say how long to wait", async () => {
  const alice = await registerUser(server, "alice")
  const name = () => alice.call("PUT", `/v3/profile/${alice.userId}/displayname`, { displayname: "Alice" })
  expect((await name()).status).toBe(200)
  expect((await name()).status).toBe(200)
  expect(await name()).toMatchObject({
    status: 429,
    body: { errcode: "M_LIMIT_EXCEEDED", retry_after_ms: expect.any(Number) },
  })
})

it("bound how large a request is", async () => {
  const bob = await registerUser(server, "bob")
  expect(await bob.call("POST", "/v3/search", { padding: "x".repeat(131_072) })).toMatchObject({
    status: 413,
    body: { errcode: "M_TOO_LARGE" },
  })
})

it("bound what one user may have at once", async () => {
  const carol = await registerUser(server, "carol")
  const create = async () => {
    const headers = { authorization: `Bearer ${carol.token}` }
    return (await fetch(`${server.base}/_matrix/media/v1/create`, { method: "POST", headers })).status
  }
  expect(await create()).toBe(200)
  expect(await create()).toBe(429)
})

it("are refused where they are none", async () => {
  await expect(startServer({ LIMITS: "message.burst=0" })).rejects.toThrow("LIMITS is")
})
