/** Bad input gets the answer that the specification has for it, and never harms the server. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { peakMb, residentMb } from "../support/memory.ts"
import { raw, refusalOf, sendAll, type RawRequest } from "../support/raw.ts"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

let server: Server
let folder: string
let alice: User
let bob: User
let roomId: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "biz1-web-"))
  mkdirSync(join(folder, "web"))
  writeFileSync(join(folder, "web/index.html"), "<title>page</title>")
  writeFileSync(join(folder, "secret"), "secret")
  server = await startServer({ WEB_DIR: join(folder, "web") })
  alice = await registerUser(server, "alice")
  bob = await registerUser(server, "bob")
  roomId = await alice.createRoom()
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const client = (path: string) => `/_matrix/client/v3${path}`
const room = (path: string, id = roomId) => client(`/rooms/${encodeURIComponent(id)}${path}`)
const asAlice = () => ({ authorization: `Bearer ${alice.token}` })

const refused = async (request: RawRequest) => {
  const { status, errcode, error } = refusalOf(await raw(server.base, request))
  if (errcode !== undefined) expect(error).toMatch(/\S/)
  return [status, errcode]
}

/** What a request by Alice is answered, where that is no success. */
const refusedAlice = (method: string, path: string, body?: RawRequest["body"]) =>
  refused({ method, path, headers: asAlice(), ...(body === undefined ? {} : { body }) })

let txn = 0
const sendPath = () => room(`/send/m.room.message/hostile${txn++}`)

describe("a body", () => {
  const endpoints: ReadonlyArray<readonly [string, () => readonly [method: string, path: string]]> = [
    ["of an event", () => ["PUT", sendPath()]],
    ["of a room to be", () => ["POST", client("/createRoom")]],
    ["of a login", () => ["POST", client("/login")]],
    ["of account data", () => ["PUT", client(`/user/${encodeURIComponent(alice.userId)}/account_data/x`)]],
  ]
  const nested = (depth: number) => `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`

  for (const [what, endpoint] of endpoints) {
    const refusedBody = (body: RawRequest["body"]) => refusedAlice(...endpoint(), body)

    it(`${what} that is no JSON is M_NOT_JSON`, async () => {
      const texts = [
        "{",
        '{"a":}',
        "nope",
        '{"a":1}}',
        "{'a':1}",
        '{"a":01}',
        '{"a":NaN}',
        '{"a":1,}',
        '"',
        "\0",
        "{\0}",
      ]
      for (const text of texts) expect([text, ...(await refusedBody(text))]).toEqual([text, 400, "M_NOT_JSON"])
    })

    it(`${what} that is no UTF-8 is M_NOT_JSON`, async () => {
      for (const bytes of [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc0, 0xaf]]) {
        const body = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')])
        expect(await refusedBody(body)).toEqual([400, "M_NOT_JSON"])
      }
      expect(await refusedBody(Buffer.from('{"a":1}', "utf16le"))).toEqual([400, "M_NOT_JSON"])
    })

    it(`${what} that is no object, or nested too deep, is M_BAD_JSON`, async () => {
      for (const text of ["[]", '"text"', "1", "null", "true", nested(10_000), nested(200), "[".repeat(10_000)]) {
        expect(await refusedBody(text)).toEqual([400, "M_BAD_JSON"])
      }
    })
  }

  it("of an event with what canonical JSON has no room for is M_BAD_JSON", async () => {
    const values = [
      "1.5",
      "1.0",
      "1e3",
      "-0",
      "9007199254740992",
      "-9007199254740992",
      "1e400",
      '"\\ud800"',
      '"\\udc00x"',
    ]
    for (const value of values) {
      for (const body of [`{"a":${value}}`, `{"a":[{"b":${value}}]}`]) {
        expect([body, ...(await refusedAlice("PUT", sendPath(), body))]).toEqual([body, 400, "M_BAD_JSON"])
      }
    }
    expect(await refusedAlice("PUT", sendPath(), '{"\\ud800":1}')).toEqual([400, "M_BAD_JSON"])
    for (const body of ['{"a":9007199254740991,"b":-9007199254740991}', '{"a":"\\ud83d\\ude00"}', '{"a":"\\u0000"}']) {
      expect((await raw(server.base, { method: "PUT", path: sendPath(), headers: asAlice(), body })).status).toBe(200)
    }
  })

  it("of an event larger than an event may be is M_TOO_LARGE", async () => {
    const body = JSON.stringify({ body: "x".repeat(66_000) })
    expect(await refusedAlice("PUT", sendPath(), body)).toEqual([413, "M_TOO_LARGE"])
  })

  it("of 100 MB is M_TOO_LARGE and does not pass through the memory", async () => {
    const refusedWhole = (method: string, path: string) => sendAll(server.base, method, path, asAlice(), 100)
    await refusedWhole("PUT", sendPath())
    const before = residentMb(server.pid())
    for (const [method, path] of endpoints.map(([, endpoint]) => endpoint())) {
      const answer = await refusedWhole(method, path)
      expect(answer).toMatch(/^HTTP\/1\.1 413 /)
      expect(answer).toContain('"errcode":"M_TOO_LARGE"')
    }
    expect(peakMb(server.pid()) - before).toBeLessThan(64)
  })

  it("that is cut off leaves the server as it was", async () => {
    const path = sendPath()
    const controller = new AbortController()
    const body = new ReadableStream({
      start: (stream) => {
        stream.enqueue(Buffer.from('{"a":'))
        controller.abort()
      },
    })
    const cut = fetch(server.base + path, {
      method: "PUT",
      headers: asAlice(),
      body,
      duplex: "half",
      signal: controller.signal,
    })
    await expect(cut).rejects.toThrow("aborted")
    expect(await alice.say(roomId, "still there")).toMatch(/^\$/)
  })
})

describe("an identifier", () => {
  it("with NUL is M_INVALID_PARAM wherever it stands", async () => {
    const paths = [
      ["PUT", room("/send/m.room.message/a%00b")],
      ["PUT", room("/send/m.room%00.message/txn1")],
      ["PUT", room("/state/m.x/a%00b")],
      ["PUT", room("/state/m.%00x/a")],
      ["PUT", client("/rooms/!a%00b:test.example/send/m.x/txn2")],
      ["POST", client("/join/%23a%00b%3Atest.example")],
      ["GET", client("/profile/%40a%00b%3Atest.example")],
      ["GET", client("/directory/room/%23a%00b%3Atest.example")],
      ["GET", room("/state/m.%00x/a")],
      ["GET", room("/event/%24a%00b")],
      ["GET", client("/devices/a%00b")],
      ["PUT", client(`/user/${encodeURIComponent(alice.userId)}/account_data/a%00b`)],
      ["GET", client(`/user/${encodeURIComponent(alice.userId)}/filter/a%00b`)],
    ] as const
    for (const [method, path] of paths) {
      const [status, errcode] = await refusedAlice(method, path, method === "GET" ? undefined : "{}")
      expect([path, status]).not.toEqual([path, 500])
      // Nothing with NUL exists, so to look for it may as well find nothing.
      expect(["M_INVALID_PARAM", ...(method === "GET" ? ["M_NOT_FOUND", "M_FORBIDDEN"] : [])]).toContain(errcode)
    }
  })

  it("longer than 255 bytes names nothing", async () => {
    const long = "é".repeat(128)
    expect(await refusedAlice("PUT", room(`/send/${encodeURIComponent(long)}/txn3`), "{}")).toEqual([
      413,
      "M_TOO_LARGE",
    ])
    expect(await refusedAlice("PUT", room(`/state/m.x/${encodeURIComponent(long)}`), "{}")).toEqual([
      413,
      "M_TOO_LARGE",
    ])
    expect((await refusedAlice("GET", client(`/profile/@${"a".repeat(300)}:test.example`)))[0]).toBe(400)
  })

  it("of a room that is unknown, foreign or closed is M_FORBIDDEN, all alike", async () => {
    const closed = await bob.createRoom()
    const answers = new Set<string>()
    for (const id of ["!unknown:test.example", "!foreign:elsewhere.example", `!${"A".repeat(43)}`, closed]) {
      for (const [method, path] of [
        ["GET", "/messages?dir=b"],
        ["GET", "/state"],
        ["GET", "/state/m.room.create/"],
        ["GET", "/members"],
        ["GET", "/event/$x"],
        ["GET", "/context/$x"],
        ["PUT", "/send/m.room.message/txn4"],
        ["PUT", "/state/m.room.topic/"],
        ["PUT", "/redact/$x/txn5"],
        ["POST", "/invite"],
      ] as const) {
        const body = method === "GET" ? undefined : JSON.stringify({ user_id: bob.userId })
        const answer = refusalOf(
          await raw(server.base, { method, path: room(path, id), headers: asAlice(), ...(body && { body }) }),
        )
        expect([path, id, answer.status, answer.errcode]).toEqual([path, id, 403, "M_FORBIDDEN"])
        answers.add(`${path} ${String(answer.error)}`)
      }
    }
    expect(answers.size, "one sentence for each operation").toBe(10)
  })

  it("that is none is M_INVALID_PARAM", async () => {
    for (const id of ["nonsense", "@alice:test.example", "%20"]) {
      expect(await refusedAlice("GET", client(`/rooms/${id}/state`))).toEqual([400, "M_INVALID_PARAM"])
    }
  })
})

describe("a token", () => {
  it("that is missing is M_MISSING_TOKEN", async () => {
    for (const headers of [{}, { authorization: "Basic YTpi" }, { authorization: "Bearer" }]) {
      const path = client("/account/whoami")
      expect(await refused({ method: "GET", path, headers })).toEqual([401, "M_MISSING_TOKEN"])
    }
  })

  it("that is unknown is M_UNKNOWN_TOKEN", async () => {
    const path = client("/account/whoami")
    for (const token of ["nonsense", "x".repeat(8000), "é", "' OR 1=1 --", `${alice.token}x`]) {
      expect(await refused({ method: "GET", path, headers: { authorization: `Bearer ${token}` } })).toEqual([
        401,
        "M_UNKNOWN_TOKEN",
      ])
    }
    expect(await refused({ method: "GET", path: `${path}?access_token=%00%FF` })).toEqual([401, "M_UNKNOWN_TOKEN"])
  })

  it("of a login that has ended is M_UNKNOWN_TOKEN", async () => {
    const gone = await registerUser(server, "gone")
    await gone.ask("POST", "/v3/logout", {})
    expect(await gone.call("GET", "/v3/account/whoami")).toMatchObject({
      status: 401,
      body: { errcode: "M_UNKNOWN_TOKEN" },
    })
  })

  it("of a sync or a page that is none of ours is M_INVALID_PARAM", async () => {
    const tokens = [
      "nonsense",
      "s1",
      "s1_-1_a_0",
      "s1_1e9_a_0",
      "s1_1_a_0;%20DROP%20TABLE%20events",
      "t1_x",
      "%00",
      "s1_1_%F0%9F%92%A3_0",
    ]
    for (const token of tokens) {
      expect(await refusedAlice("GET", client(`/sync?timeout=0&since=${token}`))).toEqual([400, "M_INVALID_PARAM"])
      for (const place of ["from", "to"]) {
        expect(await refusedAlice("GET", room(`/messages?dir=b&${place}=${token}`))).toEqual([400, "M_INVALID_PARAM"])
      }
    }
  })

  it("from the future is answered like one of now", async () => {
    const path = client("/sync?timeout=0&since=s1_999999999999999_a_0")
    expect((await raw(server.base, { method: "GET", path, headers: asAlice() })).status).toBe(200)
  })

  it("of a filter that is none is refused", async () => {
    for (const filter of [
      "{",
      "[]",
      "%7B%22room%22%3A1%7D",
      "%7B%22room%22%3A%7B%22timeline%22%3A%7B%22limit%22%3A-1%7D%7D%7D",
      "%00",
      "999",
      "-1",
    ]) {
      const [status, errcode] = await refusedAlice("GET", client(`/sync?timeout=0&filter=${filter}`))
      expect([filter, status === 400 || status === 404, errcode]).toEqual([
        filter,
        true,
        expect.stringMatching(/^M_(INVALID_PARAM|NOT_FOUND|BAD_JSON|UNKNOWN)$/),
      ])
    }
    for (const filter of ["{", "1", "%7B%22types%22%3A1%7D"]) {
      expect((await refusedAlice("GET", room(`/messages?dir=b&filter=${filter}`)))[0]).toBe(400)
    }
    const path = client(`/user/${encodeURIComponent(alice.userId)}/filter`)
    expect(await refusedAlice("POST", path, '{"room":{"timeline":{"limit":"many"}}}')).toEqual([400, "M_BAD_JSON"])
  })
})

describe("a stage of authentication", () => {
  it("that is none, or holds what it should not, is refused", async () => {
    for (const type of ["toString", "__proto__", "constructor", "nonsense", ""]) {
      for (const [method, path] of [
        ["POST", client("/account/deactivate")],
        ["POST", client("/register")],
      ] as const) {
        expect(await refusedAlice(method, path, JSON.stringify({ auth: { type } }))).toEqual([401, "M_UNRECOGNIZED"])
      }
    }
    for (const user of [5, null, {}, [], "\0", { user: 5 }]) {
      for (const identifier of [undefined, 5, null, { type: "m.id.user", user }]) {
        const auth = { type: "m.login.password", user, identifier, password: user }
        expect((await refusedAlice("POST", client("/account/deactivate"), JSON.stringify({ auth })))[0]).toBe(401)
      }
    }
  })
})

describe("a path", () => {
  const unknown = [404, "M_UNRECOGNIZED"]

  it("that is unknown is M_UNRECOGNIZED", async () => {
    for (const path of [
      "/_matrix",
      "/_matrix/",
      "/_matrix/client/v3/nonsense",
      "/_matrix/client/v99/sync",
      "/_matrix/client/v3/rooms",
      "/_matrix/client/V3/sync",
      "/_matrix/client/v3/sync%00",
      "/_matrix/client/v3/%zz",
      "/_matrix/client/v3/%ff",
      "/_matrix/client/v3/rooms/%ff/state",
      `/_matrix/client/v3/${"a/".repeat(2000)}`,
      `/_matrix/client/v3/rooms/${"a".repeat(8000)}/state`,
    ]) {
      expect([path, ...(await refusedAlice("GET", path))]).toEqual([path, ...unknown])
    }
  })

  it("with a method that it does not know is 405 M_UNRECOGNIZED", async () => {
    for (const [method, path] of [
      ["DELETE", client("/sync")],
      ["PATCH", client("/sync")],
      ["POST", client("/sync")],
      ["GET", client("/createRoom")],
      ["POST", room("/send/m.x/txn")],
      ["PROPFIND", client("/login")],
    ] as const) {
      expect([method, path, ...(await refusedAlice(method, path))]).toEqual([method, path, 405, "M_UNRECOGNIZED"])
    }
  })

  it("leads nowhere but where it says", async () => {
    const climbs = [
      "/..",
      "/%2e%2e",
      "/..%2f",
      "/%2e%2e%2f",
      "/..%5c",
      "/assets/../..",
      "/./..",
      "//..",
      "/%252e%252e",
      "/..%00",
    ]
    for (const climb of climbs) {
      for (const name of ["/secret", "secret", `/../..${folder}/secret`]) {
        const { text } = await raw(server.base, { method: "GET", path: climb + name })
        expect([climb + name, text]).not.toEqual([climb + name, "secret"])
        const media = `/_matrix/client/v1/media/download${climb}${name}`
        const { status } = await raw(server.base, { method: "GET", path: media, headers: asAlice() })
        expect([media, status]).toEqual([media, expect.toSatisfy((status: number) => status >= 400 && status < 500)])
      }
    }
  })

  it("that is too long, or headers that are too many, end in a refusal", async () => {
    const long = await raw(server.base, { method: "GET", path: `/_matrix/client/v3/sync?since=${"a".repeat(20_000)}` })
    expect(long.status).toBe(431)
    expect(refusalOf(long)).toMatchObject({ errcode: "M_TOO_LARGE" })
    const headers = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`x-${i}`, "y".repeat(40)]))
    expect(refusalOf(await raw(server.base, { method: "GET", path: "/", headers }))).toMatchObject({
      status: 431,
      errcode: "M_TOO_LARGE",
    })
  })
})

describe("a query", () => {
  it("that gives one thing twice is M_INVALID_PARAM", async () => {
    expect(await refusedAlice("GET", client("/sync?timeout=0&timeout=1"))).toEqual([400, "M_INVALID_PARAM"])
    expect(await refusedAlice("GET", room("/messages?dir=b&dir=f"))).toEqual([400, "M_INVALID_PARAM"])
  })

  it("with a number that is none is M_INVALID_PARAM", async () => {
    for (const limit of ["-1", "1.5", "NaN", "Infinity", "1e400", "x", "%00", "0x"]) {
      expect([limit, ...(await refusedAlice("GET", room(`/messages?dir=b&limit=${limit}`)))]).toEqual([
        limit,
        400,
        "M_INVALID_PARAM",
      ])
    }
    expect(await refusedAlice("GET", room("/messages?dir=sideways"))).toEqual([400, "M_INVALID_PARAM"])
  })

  it("with names that objects have of themselves is one like any other", async () => {
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty", "__proto__[x]"]) {
      const path = room(`/messages?dir=b&${name}=1&${name}=2`)
      expect((await raw(server.base, { method: "GET", path, headers: asAlice() })).status).toBe(200)
    }
  })
})

describe("a name that objects have of themselves", () => {
  it("is a key of an event like any other", async () => {
    const content =
      '{"__proto__":{"polluted":true,"msgtype":"m.text"},"constructor":{"prototype":{"polluted":true}},"toString":"x"}'
    const answer = await raw(server.base, { method: "PUT", path: sendPath(), headers: asAlice(), body: content })
    const { event_id } = JSON.parse(answer.text) as { readonly event_id: string }
    const stored = await raw(server.base, { method: "GET", path: room(`/event/${event_id}`), headers: asAlice() })
    expect(stored.text).toContain('"__proto__":{')
    expect(stored.text).toContain('"polluted":true')
    const sync = await raw(server.base, { method: "GET", path: client("/sync?timeout=0"), headers: asAlice() })
    expect(sync.text).toContain('"__proto__":{')
  })

  it("is a type, a state key and an account data type like any other", async () => {
    for (const name of ["__proto__", "constructor", "toString"]) {
      await alice.setState(roomId, name, { value: name }, name)
      expect(await alice.ask("GET", `/v3/rooms/${encodeURIComponent(roomId)}/state/${name}/${name}`)).toEqual({
        value: name,
      })
      const data = `/v3/user/${encodeURIComponent(alice.userId)}/account_data/${name}`
      expect((await alice.call("GET", data)).status).toBe(404)
      await alice.ask("PUT", data, { value: name })
      expect(await alice.ask("GET", data)).toEqual({ value: name })
    }
    expect(
      await refusedAlice("POST", client("/createRoom"), '{"__proto__":{"preset":"public_chat"},"visibility":"x"}'),
    ).toEqual([400, "M_BAD_JSON"])
  })
})

it("hundreds of bad requests leave nothing behind", async () => {
  const junk = `{"a":"${"\\u0000😀".repeat(50_000)}","b":[${"[".repeat(50)}`
  /** The memory goes up and down with every collection: what stays is at the bottom. */
  const lowestMbOf = async (rounds: number) => {
    let lowest = Number.POSITIVE_INFINITY
    for (let round = 0; round < rounds; round++) {
      for (let i = 0; i < 50; i++) expect(await refusedAlice("PUT", sendPath(), junk)).toEqual([400, "M_NOT_JSON"])
      lowest = Math.min(lowest, residentMb(server.pid()))
    }
    return lowest
  }
  const before = await lowestMbOf(8)
  expect(await lowestMbOf(8)).toBeLessThan(before + 64) // of 200 MB that were sent
})
