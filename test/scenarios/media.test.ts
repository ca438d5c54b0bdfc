import { createHash, randomBytes } from "node:crypto"
import { once } from "node:events"
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from "node:fs"
import { request as httpRequest } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, request, type User } from "../support/user.ts"

/** More than the buffers between the server and a reader who does not read. */
const maxBytes = 16_000_000
const pixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
)

let server: Server
let alice: User
let bob: User
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "biz1-media-"))
  server = await startServer({ MAX_UPLOAD_BYTES: String(maxBytes), DATA_DIR: folder })
  alice = await registerUser(server, "alice")
  bob = await registerUser(server, "bob")
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

interface Sent {
  readonly type?: string
  readonly name?: string
  readonly to?: string
  readonly token?: string
}

const send = async (bytes: Uint8Array<ArrayBuffer>, { type, name, to = "", token = alice.token }: Sent = {}) => {
  const query = name === undefined ? "" : `?filename=${encodeURIComponent(name)}`
  const response = await fetch(`${server.base}/_matrix/media/v3/upload${to}${query}`, {
    method: to === "" ? "POST" : "PUT",
    headers: { authorization: `Bearer ${token}`, ...(type === undefined ? {} : { "content-type": type }) },
    body: bytes,
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

const pathOf = (uri: unknown) => String(uri).replace("mxc:/", "")

/** Sends a file and gives its path, `/server/id`. */
const upload = async (bytes: Uint8Array<ArrayBuffer>, sent: Sent = {}) => {
  const { status, body } = await send(bytes, sent)
  expect(status).toBe(200)
  expect(body["content_uri"]).toMatch(/^mxc:\/\/test\.example\/[\w-]+$/)
  return pathOf(body["content_uri"])
}

const create = async () => pathOf((await post("/_matrix/media/v1/create")).body["content_uri"])
const post = (path: string) => request(server.base, "POST", path, undefined, alice.token)

const get = (kind: "download" | "thumbnail", rest: string, headers: Record<string, string> = {}) =>
  fetch(`${server.base}/_matrix/client/v1/media/${kind}${rest}`, {
    headers: { authorization: `Bearer ${bob.token}`, ...headers },
  })

const refusal = async (response: Response) => {
  const { errcode, error } = (await response.json()) as { readonly errcode: string; readonly error: string }
  expect(error).toMatch(/\w+ \w+/)
  return [response.status, errcode]
}

const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())
const incoming = () => readdirSync(join(folder, "media/incoming"))

describe("a file", () => {
  it("comes back to another person as it was sent", async () => {
    const bytes = randomBytes(150_000)
    const path = await upload(bytes, { type: "application/x-thing", name: "thing.bin" })
    const response = await get("download", path)
    expect(response.status).toBe(200)
    expect((await bytesOf(response)).equals(bytes)).toBe(true)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "application/x-thing",
      "content-length": "150000",
      "content-disposition": 'attachment; filename="thing.bin"',
      "content-security-policy": expect.stringMatching(/^sandbox; default-src 'none';/),
      "cross-origin-resource-policy": "cross-origin",
      "x-content-type-options": "nosniff",
      "accept-ranges": "bytes",
      "cache-control": expect.stringContaining("private"),
      etag: `"${createHash("sha256").update(bytes).digest("hex")}"`,
      "access-control-allow-origin": "*",
    })
  })

  it("survives the death of the server, once it is acknowledged", async () => {
    const bytes = randomBytes(1000)
    const path = await upload(bytes)
    await server.crash()
    expect((await bytesOf(await get("download", path))).equals(bytes)).toBe(true)
  })

  it("may be empty", async () => {
    const response = await get("download", await upload(Buffer.alloc(0)))
    expect([response.status, (await bytesOf(response)).length]).toEqual([200, 0])
  })

  it("may be as large as the configuration says, and not larger", async () => {
    expect((await request(server.base, "GET", "/_matrix/client/v1/media/config", undefined, alice.token)).body).toEqual(
      {
        "m.upload.size": maxBytes,
      },
    )
    await upload(randomBytes(maxBytes))
    const { status, body } = await send(randomBytes(maxBytes + 1))
    expect([status, body["errcode"]]).toEqual([413, "M_TOO_LARGE"])
  })

  it("is refused as soon as it is too large when nobody said how large it would be", async () => {
    const { status, body } = await sendInChunks(maxBytes + 70_000)
    expect([status, body]).toEqual([413, expect.stringContaining("M_TOO_LARGE")])
    expect(incoming()).toEqual([])
  })

  it("leaves nothing when its upload breaks off", async () => {
    const upload = httpRequest(`${server.base}/_matrix/media/v3/upload`, {
      method: "POST",
      headers: { authorization: `Bearer ${alice.token}`, "content-length": 1000 },
    })
    upload.on("error", () => {})
    upload.write(randomBytes(100))
    await expect
      .poll(() => incoming().map((name) => statSync(join(folder, "media/incoming", name)).size))
      .toEqual([100])
    upload.destroy()
    await expect.poll(incoming).toEqual([])
  })

  it("is shown where it is harmless and saved where it is not", async () => {
    const shown = async (type: string, bytes: Uint8Array<ArrayBuffer>) => {
      const { headers } = await get("download", await upload(bytes, { type }))
      return [headers.get("content-type"), headers.get("content-disposition")]
    }
    const page = Buffer.from("<script>alert(1)</script>")
    expect(await shown("image/png", pixel)).toEqual(["image/png", "inline"])
    expect(await shown("text/plain; charset=utf-8", page)).toEqual(["text/plain; charset=utf-8", "inline"])
    expect(await shown("text/html", page)).toEqual(["text/html", "attachment"])
    expect(await shown("image/svg+xml", page)).toEqual(["image/svg+xml", "attachment"])
    expect(await shown("image/png", page)).toEqual(["application/octet-stream", "attachment"])
  })

  it.each([
    ["quotes", 'a "b".txt', "attachment; filename*=UTF-8''a%20%22b%22.txt"],
    ["lines", "a\r\nset-cookie: b", 'attachment; filename="aset-cookie: b"'],
    ["Hebrew", "חוזה.pdf", "attachment; filename*=UTF-8''%D7%97%D7%95%D7%96%D7%94.pdf"],
    ["a turned direction", "a\u202egpj.exe", 'attachment; filename="agpj.exe"'],
    ["folders", "../../a", 'attachment; filename=".._.._a"'],
  ])("may be called with %s", async (_, name, disposition) => {
    const path = await upload(Buffer.from("x"), { name })
    expect((await get("download", path)).headers.get("content-disposition")).toBe(disposition)
    const other = await get("download", `${await upload(Buffer.from("x"))}/${encodeURIComponent(name)}`)
    expect(other.headers.get("content-disposition")).toBe(disposition)
  })

  it("may not be called with zeros", async () => {
    expect(await send(Buffer.from("x"), { name: "a\0b" })).toMatchObject({
      status: 400,
      body: { errcode: "M_INVALID_PARAM" },
    })
  })

  it("is read in parts", async () => {
    const path = await upload(Buffer.from("0123456789"))
    const part = async (range: string, headers: Record<string, string> = {}) => {
      const response = await get("download", path, { range, ...headers })
      return [response.status, response.headers.get("content-range"), await response.text()]
    }
    expect(await part("bytes=2-4")).toEqual([206, "bytes 2-4/10", "234"])
    expect(await part("bytes=-2")).toEqual([206, "bytes 8-9/10", "89"])
    expect(await part("bytes=9-100")).toEqual([206, "bytes 9-9/10", "9"])
    expect(await part("bytes=10-")).toEqual([416, "bytes */10", ""])
    expect(await part("bytes=0-1,3-4")).toEqual([200, null, "0123456789"])
    expect(await part("bytes=2-4", { "if-range": '"another"' })).toEqual([200, null, "0123456789"])
  })

  it("is not sent to who has it", async () => {
    const path = await upload(Buffer.from("0123456789"))
    const etag = (await get("download", path)).headers.get("etag")!
    const again = await get("download", path, { "if-none-match": `"other", W/${etag}` })
    expect([again.status, await again.text()]).toEqual([304, ""])
    expect((await get("download", path, { "if-none-match": '"other"' })).status).toBe(200)
  })

  it.runIf(existsSync("/proc/self/fd"))("is closed when its reader goes away", async () => {
    const path = await upload(randomBytes(maxBytes))
    const linkOf = (fd: string) => readlinkSync(`/proc/${server.pid()}/fd/${fd}`)
    const open = () =>
      readdirSync(`/proc/${server.pid()}/fd`).filter((fd) => {
        try {
          return linkOf(fd).startsWith(join(folder, "media/files"))
        } catch {
          return false // closed since it was listed
        }
      }).length
    const readers = Array.from({ length: 5 }, () => {
      const reader = httpRequest(`${server.base}/_matrix/client/v1/media/download${path}`, {
        headers: { authorization: `Bearer ${bob.token}` },
        agent: false,
      })
      reader.on("error", () => {}).end()
      return reader
    })
    await Promise.all(readers.map((reader) => once(reader, "response")))
    expect(open()).toBe(readers.length)
    for (const reader of readers) reader.destroy()
    await expect.poll(open).toBe(0)
  })
})

describe("an id that is created first", () => {
  it("is filled once, by who created it", async () => {
    const path = await create()
    expect(await send(pixel, { to: path, token: bob.token })).toMatchObject({
      status: 403,
      body: { errcode: "M_FORBIDDEN" },
    })
    expect(await send(pixel, { to: path, type: "image/png", name: "a.png" })).toEqual({ status: 200, body: {} })
    const { headers } = await get("download", path)
    expect([headers.get("content-type"), headers.get("content-disposition")]).toEqual([
      "image/png",
      'inline; filename="a.png"',
    ])
    expect(await send(pixel, { to: path })).toMatchObject({
      status: 409,
      body: { errcode: "M_CANNOT_OVERWRITE_MEDIA" },
    })
  })

  it("is filled by one of two uploads at once", async () => {
    const path = await create()
    const both = await Promise.all([send(randomBytes(50_000), { to: path }), send(randomBytes(50_000), { to: path })])
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409])
  })

  it("says when it expires, and that it is empty", async () => {
    const { body } = await post("/_matrix/media/v1/create")
    expect(body["unused_expires_at"]).toBeGreaterThan(Date.now())
    const response = await get("download", `${pathOf(body["content_uri"])}?timeout_ms=0`)
    expect(await refusal(response)).toEqual([504, "M_NOT_YET_UPLOADED"])
  })

  it("can be waited for", async () => {
    const path = await create()
    const downloads = [get("download", path), get("download", `${path}?timeout_ms=30000`)]
    const thumbnail = get("thumbnail", `${path}?width=32&height=32&method=crop`)
    expect((await send(pixel, { to: path })).status).toBe(200)
    for (const download of downloads) expect((await bytesOf(await download)).equals(pixel)).toBe(true)
    expect((await thumbnail).status).toBe(200)
  })

  it("is empty again after an upload that was too large", async () => {
    const path = await create()
    expect((await send(randomBytes(maxBytes + 1), { to: path })).status).toBe(413)
    expect((await send(pixel, { to: path })).status).toBe(200)
  })

  it("must be one of ours", async () => {
    const never = await send(pixel, { to: "/test.example/neverCreated" })
    expect([never.status, never.body["errcode"]]).toEqual([404, "M_NOT_FOUND"])
    const theirs = await send(pixel, { to: "/other.example/neverCreated" })
    expect([theirs.status, theirs.body["errcode"]]).toEqual([404, "M_NOT_FOUND"])
  })

  it("may wait beside ninety-nine others", async () => {
    const carol = await registerUser(server, "carol")
    const again = () => request(server.base, "POST", "/_matrix/media/v1/create", undefined, carol.token)
    const answers = await Promise.all(Array.from({ length: 101 }, again))
    const refused = answers.filter(({ status }) => status !== 200)
    expect(refused).toHaveLength(1)
    expect(refused[0]).toMatchObject({ status: 429, body: { errcode: "M_LIMIT_EXCEEDED" } })
  })
})

describe("thumbnails", () => {
  it("are pictures that a browser may show", async () => {
    const path = await upload(pixel, { type: "application/octet-stream" })
    const response = await get("thumbnail", `${path}?width=96&height=96&method=crop&animated=false`)
    expect(response.status).toBe(200)
    expect(response.headers.get("content-type")).toBe("image/png")
    expect(response.headers.get("content-disposition")).toBe('inline; filename="thumbnail.png"')
    expect(response.headers.get("x-content-type-options")).toBe("nosniff")
    const etag = response.headers.get("etag")!
    const again = await get("thumbnail", `${path}?width=96&height=96&method=crop`, { "if-none-match": etag })
    expect(again.status).toBe(304)
  })

  it("are refused with a sentence", async () => {
    const picture = await upload(pixel)
    const text = await upload(Buffer.from("no picture"), { type: "image/png" })
    expect(await refusal(await get("thumbnail", `${text}?width=32&height=32`))).toEqual([400, "M_UNKNOWN"])
    for (const size of [
      "width=0&height=32",
      "width=-1&height=32",
      "width=1.5&height=2",
      "width=32",
      "width=a&height=b",
    ]) {
      expect((await refusal(await get("thumbnail", `${picture}?${size}`)))[0]).toBe(400)
    }
  })
})

describe("nothing is found", () => {
  it.each(["/test.example/never", "/other.example/abc"])("at %s", async (path) => {
    expect(await refusal(await get("download", path))).toEqual([404, "M_NOT_FOUND"])
    expect(await refusal(await get("thumbnail", `${path}?width=32&height=32`))).toEqual([404, "M_NOT_FOUND"])
  })

  it.each([
    "/test.example/..%2F..%2F..%2Fetc%2Fpasswd",
    "/test.example/%2e%2e",
    "/test.example/a%00b",
    "/test.example/a.b",
    "/test.example/%E2%80%AEabc",
    "/..%2F..%2Fetc/passwd",
    `/test.example/${"a".repeat(300)}`,
  ])("by the trick %s", async (path) => {
    const [status] = await refusal(await get("download", path))
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
  })

  it("without a token", async () => {
    const path = await upload(pixel)
    expect((await request(server.base, "GET", `/_matrix/client/v1/media/download${path}`)).status).toBe(401)
    for (const old of [`download${path}`, `download${path}/a.png`, `thumbnail${path}?width=32&height=32`]) {
      const answer = await request(server.base, "GET", `/_matrix/media/v3/${old}`)
      expect([answer.status, answer.body["errcode"]]).toEqual([404, "M_NOT_FOUND"])
    }
    expect((await request(server.base, "GET", "/_matrix/media/v3/config")).status).toBe(401)
    const config = await request(server.base, "GET", "/_matrix/media/v3/config", undefined, alice.token)
    expect(config.body).toEqual({ "m.upload.size": maxBytes })
    expect((await request(server.base, "GET", "/_matrix/media/r0/config", undefined, alice.token)).status).toBe(200)
  })
})

/** Uploads without saying how much will come, and gives the answer. */
const sendInChunks = (sizeBytes: number) =>
  new Promise<{ readonly status: number | undefined; readonly body: string }>((resolve, reject) => {
    const upload = httpRequest(`${server.base}/_matrix/media/v3/upload`, {
      method: "POST",
      headers: { authorization: `Bearer ${alice.token}`, "transfer-encoding": "chunked" },
    })
    upload.on("error", reject)
    upload.on("response", (response) => {
      let body = ""
      response.on("data", (chunk: Buffer) => (body += chunk.toString()))
      response.on("end", () => {
        upload.destroy()
        resolve({ status: response.statusCode, body })
      })
    })
    upload.write(randomBytes(sizeBytes))
  })
