/**
 * Every operation, asked with whatever comes: bodies, parameters and identifiers that are nearly right or not at all.
 * The answer is always the server's own, in JSON, and never that something went wrong in it.
 * Set FUZZ_RUNS for more than a quick run has.
 */
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { Arbitrary, Effect } from "effect"
import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Endpoint } from "@biz1/protocol/Endpoint"
import { raw, refusalOf, type RawAnswer, type RawRequest } from "../support/raw.ts"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

const runs = Number(process.env["FUZZ_RUNS"] ?? 40)
type AnyEndpoint = Endpoint<never, never, never, never>

const folder = join(import.meta.dirname, "../../protocol/src/client")
const modules = await Promise.all(
  readdirSync(folder).map((file) => import(join(folder, file)) as Promise<Record<string, unknown>>),
)
const endpoints = modules
  .flatMap((module) => Object.values(module))
  .filter(
    (value) => typeof value === "object" && value !== null && "operationId" in value,
  ) as unknown as ReadonlyArray<AnyEndpoint>

let server: Server
let bob: User
beforeAll(async () => {
  server = await startServer()
  bob = await registerUser(server, "bob")
})
afterAll(() => server.stop())

/** What there is to find, by the names that parameters and keys have. */
interface Seeds {
  readonly user: User
  readonly known: Readonly<Record<string, ReadonlyArray<string>>>
}

/** For each operation a person of its own, as some end the login or leave the room. */
const plant = async (): Promise<Seeds> => {
  const user = await registerUser(server, "mallory")
  const roomId = await user.createRoom({ preset: "public_chat", room_alias_name: user.userId.slice(1).split(":")[0]! })
  await bob.join(roomId)
  const eventId = await user.say(roomId, "hello")
  const reply = await bob.send(roomId, {
    msgtype: "m.text",
    body: "reply",
    "m.relates_to": { rel_type: "m.thread", event_id: eventId },
  })
  const sync = await user.ask<{ readonly next_batch: string }>("GET", "/v3/sync?timeout=0")
  const { device_id } = await user.ask<{ readonly device_id: string }>("GET", "/v3/account/whoami")
  const alias = `#${user.userId.slice(1)}`
  const known = {
    roomId: [roomId],
    room_id: [roomId],
    roomIdOrAlias: [roomId, alias],
    roomAlias: [alias],
    userId: [user.userId, bob.userId],
    user_id: [user.userId, bob.userId],
    eventId: [eventId, reply],
    event_id: [eventId, reply],
    eventType: ["m.room.message", "m.room.topic", "m.room.member", "m.room.power_levels", "m.room.create"],
    stateKey: ["", user.userId],
    deviceId: [device_id],
    receiptType: ["m.read", "m.fully_read"],
    relType: ["m.thread", "m.annotation", "m.replace"],
    since: [sync.next_batch],
    from: [sync.next_batch, "t1_3"],
    to: [sync.next_batch, "t1_1"],
    dir: ["b", "f"],
    limit: ["1", "5"],
    ts: ["1", "1900000000000"],
    type: ["m.login.password", "m.login.dummy", "m.id.user", "m.direct", "m.ignored_user_list"],
    user: [user.userId],
    password: ["correct horse battery staple"],
    keyName: ["displayname", "avatar_url"],
    kind: ["override", "underride", "content", "room", "sender"],
    ruleId: [".m.rule.master", "mine"],
    scope: ["global"],
    membership: ["join", "leave"],
    serverName: [server.serverName],
    timeout: ["0"],
  }
  return { user, known }
}

const nastyTexts = [
  ..."\0|a\0b|__proto__|constructor|toString|null|undefined|NaN|-1|0|1e400|../../etc/passwd|%00|%|{}|[|😀|\u202e\ufeff".split(
    "|",
  ),
  ..."@:|@a:b|@nobody:test.example|@a:b:c:d|!|!x:y|#|#x:y|$|$x|mxc://a/b|'; DROP TABLE users; --|9007199254740993".split(
    "|",
  ),
  ..."m.room.create|m.room.member|m.login.password|m.login.dummy|m.id.user|public|invite|true".split("|"),
  "",
  " ",
  "é".repeat(300),
  "x".repeat(5000),
]
const nasty = fc.constantFrom(...nastyTexts)
const text = fc.oneof(nasty, fc.string({ unit: "binary", maxLength: 40 }))
const { anything } = fc.letrec((tie) => ({
  anything: fc.oneof(
    { depthSize: "small" },
    text,
    fc.constantFrom(null, true, false, 0, -1, 1.5, 2 ** 53, -(2 ** 53), 1e308, 2 ** 31, "\ud800"),
    fc.array(tie("anything"), { maxLength: 4 }),
    fc.array(fc.tuple(nasty, tie("anything")), { maxLength: 4 }).map(Object.fromEntries),
  ),
}))

/** The keys of a struct; a body may be something else. */
const keysOf = (schema: unknown): ReadonlyArray<string> =>
  Object.keys((schema as { readonly fields?: object } | undefined)?.fields ?? {})

/** Bodies that the contract allows. */
const rightBodies = ({ body }: AnyEndpoint): Promise<ReadonlyArray<unknown>> =>
  body === undefined
    ? Promise.resolve([{}])
    : Effect.runPromise(Arbitrary.sampleEffect(Arbitrary.schema(body), { count: 50, seed: 1 }))

/** A request for the operation in which each part is known here, allowed, nearly right, or anything. */
const requestOf = ({ method, path, query }: AnyEndpoint, { known }: Seeds, bodies: ReadonlyArray<unknown>) =>
  fc.gen().map((given): RawRequest => {
    const oneIn = (count: number) => given(fc.nat, { max: count - 1 }) === 0
    const all = Object.values(known).flat()
    const part = (name: string): string => {
      if (oneIn(5)) return given(() => text)
      const right = Object.hasOwn(known, name) ? known[name] : undefined
      return given(fc.constantFrom, ...(right ?? (oneIn(2) ? all : nastyTexts)))
    }
    const disturbed = (value: unknown, key: string): unknown => {
      if (oneIn(25)) return given(() => anything)
      if (typeof value === "string") return oneIn(2) ? part(key) : value
      if (Array.isArray(value)) return value.map((member) => disturbed(member, key))
      if (typeof value !== "object" || value === null) return value
      return Object.fromEntries(
        Object.entries(value).map(([name, member]) => [oneIn(25) ? given(() => nasty) : name, disturbed(member, name)]),
      )
    }
    const asked = keysOf(query).filter((name) => name !== "timeout" && oneIn(2))
    const queryText = asked.map((name) => `${name}=${escape(part(name))}`).join("&")
    const pathText = path.replaceAll(/:(\w+)/g, (_, name: string) => escape(part(name)))
    return {
      method,
      path: `${pathText}?${queryText}`,
      ...(method === "GET" ? {} : { body: JSON.stringify(disturbed(given(fc.constantFrom, ...bodies), "")) }),
    }
  })

const escape = (text: string) => encodeURIComponent(text.toWellFormed())

describe.each(endpoints.map((endpoint) => [endpoint.operationId, endpoint] as const))("%s", (_, endpoint) => {
  it("answers whatever comes", async () => {
    const seeds = await plant()
    const headers = { authorization: `Bearer ${seeds.user.token}` }
    const property = fc.asyncProperty(requestOf(endpoint, seeds, await rightBodies(endpoint)), async (request) => {
      expect(problemOf(await raw(server.base, { ...request, headers }))).toBeUndefined()
    })
    await fc.assert(property, { numRuns: runs })
  })
})

/** What is wrong with an answer, whatever was asked. */
const problemOf = (answer: RawAnswer): string | undefined => {
  if (answer.status < 400) return undefined
  const { status, errcode, error } = refusalOf(answer)
  const isPending = status === 504 && errcode === "M_NOT_YET_UPLOADED"
  if (status >= 500 && !isPending) return `${status} ${answer.text}`
  const asksToAuthenticate = status === 401 && answer.text.includes('"flows":[')
  const isMatrix = /^M_[A-Z_]+$/.test(String(errcode)) && typeof error === "string" && error !== ""
  return isMatrix || asksToAuthenticate ? undefined : `no Matrix error: ${answer.text}`
}
