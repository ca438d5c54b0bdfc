/** A conversation's actor falls over something that nobody thought of. Here: the database refuses its next commits. */
import { PgClient } from "@effect/sql-pg"
import { Effect, Redacted } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const inDatabase = <A, E>(work: (sql: PgClient.PgClient) => Effect.Effect<A, E>) =>
  Effect.runPromise(
    Effect.flatMap(PgClient.PgClient, work).pipe(
      Effect.provide(PgClient.layer({ url: Redacted.make(server.databaseUrl), maxConnections: 1 })),
    ),
  )

/** The next events of a room, so many of them, make the database fail in a way that no code expects. */
const sabotage = (roomId: string, times: number) =>
  inDatabase((sql) =>
    Effect.gen(function* () {
      yield* sql`CREATE SEQUENCE IF NOT EXISTS sabotages`
      yield* sql`SELECT setval('sabotages', 1, false)`
      yield* sql`CREATE OR REPLACE FUNCTION sabotage() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.room_id = TG_ARGV[0] AND nextval('sabotages') <= TG_ARGV[1]::int THEN
            RAISE EXCEPTION 'nobody thought of this';
          END IF;
          RETURN NEW;
        END $$`
      yield* sql`DROP TRIGGER IF EXISTS sabotaged ON events`
      yield* sql.unsafe(
        `CREATE TRIGGER sabotaged BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION sabotage('${roomId}', '${times}')`,
      )
    }),
  )

const bodies = async (user: User, roomId: string) => {
  const page = await user.ask<{ chunk: ReadonlyArray<{ content: { body?: string } }> }>(
    "GET",
    `/v3/rooms/${roomId}/messages?dir=f&limit=100`,
  )
  return page.chunk.map(({ content }) => content.body).filter((body) => body !== undefined)
}

it("costs its callers one retry, which the server makes for them, and other conversations nothing", async () => {
  const alice = await registerUser(server, "crashing")
  const [room, other] = [await alice.createRoom(), await alice.createRoom()]
  await alice.say(room, "before")
  await sabotage(room, 1)
  const texts = ["one", "two", "three"]
  await Promise.all([...texts.map((text) => alice.say(room, text)), ...texts.map((text) => alice.say(other, text))])
  expect((await bodies(alice, room)).sort()).toEqual(["before", ...texts].sort())
  expect((await bodies(alice, other)).sort()).toEqual([...texts].sort())
})

it("that goes on falling over one thing says so, and works again when the cause is gone", async () => {
  const alice = await registerUser(server, "stubborn")
  const [room, other] = [await alice.createRoom(), await alice.createRoom()]
  await sabotage(room, 1000)
  const path = `/v3/rooms/${room}/send/m.room.message/again`
  const message = { msgtype: "m.text", body: "again" }
  const refused = await alice.call("PUT", path, message)
  expect(refused).toMatchObject({ status: 503, body: { errcode: "M_UNKNOWN" } })
  await alice.say(other, "not concerned")
  await sabotage(room, 0)
  const first = await alice.ask("PUT", path, message)
  expect(await alice.ask("PUT", path, message)).toEqual(first)
  expect(await bodies(alice, room)).toEqual(["again"])
})
