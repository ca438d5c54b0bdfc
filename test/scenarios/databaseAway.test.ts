/** PostgreSQL goes away while people talk, and comes back. */
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Gate, startGate } from "../support/gate.ts"
import { freshDatabaseUrl } from "../support/postgres.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser } from "../support/user.ts"

let gate: Gate
let server: Server
beforeAll(async () => {
  const url = new URL(freshDatabaseUrl())
  gate = await startGate(join(url.searchParams.get("host")!, ".s.PGSQL.5432"))
  server = await startServer({ DATABASE_URL: `postgres://postgres@127.0.0.1:${gate.port}${url.pathname}` })
})
afterAll(async () => {
  await server.stop()
  gate.shut()
})

const status = async (path: string) => (await fetch(server.base + path)).status

it("is told once, fails what needs it at once, and loses nothing that was acknowledged", async () => {
  const alice = await registerUser(server, "durable")
  const roomId = await alice.createRoom()
  await alice.say(roomId, "before")
  gate.shut()

  await expect.poll(() => status("/ready"), { timeout: 20_000 }).toBe(503)
  expect(await status("/health")).toBe(200)
  const refused = await alice.call("GET", `/v3/rooms/${roomId}/messages?dir=b`)
  expect(refused).toMatchObject({ status: 503, body: { errcode: "M_UNKNOWN" } })
  // What was begun meanwhile waits, and is done when it can be.
  const waiting = alice.say(roomId, "meanwhile")
  await expect.poll(() => server.logged(), { timeout: 20_000 }).toHaveLength(1)

  await gate.open()
  await waiting
  await expect.poll(() => status("/ready"), { timeout: 20_000 }).toBe(200)
  await alice.say(roomId, "after")
  const page = await alice.ask<{ chunk: ReadonlyArray<{ content: { body?: string } }> }>(
    "GET",
    `/v3/rooms/${roomId}/messages?dir=f`,
  )
  const said = page.chunk.map(({ content }) => content.body).filter((body) => body !== undefined)
  expect(said).toEqual(["before", "meanwhile", "after"])
  await expect
    .poll(() => server.logged(), { timeout: 20_000 })
    .toEqual([expect.stringContaining("PostgreSQL does not answer"), "PostgreSQL is back"])
})
