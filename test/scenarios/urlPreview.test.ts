/** Previews of links, of pages on a real HTTP server. */
import { createServer, type Server as HttpServer } from "node:http"
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Server, startServer } from "../support/server.ts"
import { registerUser } from "../support/user.ts"

const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
)
const asked: Array<string> = []
let pages: HttpServer
let origin: string
let server: Server
beforeAll(async () => {
  pages = createServer((request, response) => {
    asked.push(request.url!)
    const answer = (status: number, type: string, body: string | Buffer, headers: object = {}) =>
      response.writeHead(status, { "content-type": type, ...headers }).end(body)
    const html = `<title>Product</title><meta property="og:image" content="/image"><p>It is good.</p>`
    if (request.url === "/page") answer(200, "text/html; charset=utf-8", html)
    else if (request.url === "/moved") answer(302, "text/plain", "", { location: "/page" })
    else if (request.url === "/image") answer(200, "image/png", png)
    else if (request.url === "/broken-image")
      answer(200, "text/html", `<title>T</title><meta property="og:image" content="/none">`)
    else if (request.url === "/data") answer(200, "application/octet-stream", "binary")
    else answer(404, "text/html", "<title>Not here</title>")
  })
  pages.listen(0, "127.0.0.1")
  await once(pages, "listening")
  origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`
  server = await startServer({ ALLOW_PRIVATE_ADDRESSES: "on" })
})
afterAll(async () => {
  await server.stop()
  pages.close()
})

const path = (url: string) => `/v1/media/preview_url?url=${encodeURIComponent(url)}`

describe("a preview", () => {
  it("tells what the page says, with its image as a file of this server, and asks the page once", async () => {
    const alice = await registerUser(server, "curious")
    const preview = await alice.ask<{ readonly [key: string]: string }>("GET", path(`${origin}/moved#part`))
    expect(preview).toMatchObject({
      "og:title": "Product",
      "og:description": "It is good.",
      "og:url": `${origin}/page`,
      "og:image:type": "image/png",
      "matrix:image:size": png.byteLength,
    })
    const file = await fetch(
      `${server.base}/_matrix/client/v1/media/download/${preview["og:image"]!.slice("mxc://".length)}`,
      {
        headers: { authorization: `Bearer ${alice.token}` },
      },
    )
    expect(Buffer.from(await file.arrayBuffer())).toEqual(png)
    const before = asked.length
    expect(await alice.ask("GET", path(`${origin}/moved`))).toEqual(preview)
    expect(asked.length).toBe(before)
  })

  it("does without an image that is not there, and says when there is nothing at all", async () => {
    const alice = await registerUser(server, "curious")
    expect(await alice.ask("GET", path(`${origin}/broken-image`))).toEqual({
      "og:title": "T",
      "og:url": `${origin}/broken-image`,
    })
    expect(await alice.ask("GET", path(`${origin}/image`))).toMatchObject({ "og:image:type": "image/png" })
    for (const url of [`${origin}/data`, `${origin}/missing`, "http://127.0.0.1:1/", "ftp://a/b", "nonsense"]) {
      expect(await alice.call("GET", path(url))).toMatchObject({ status: 404, body: { errcode: "M_NOT_FOUND" } })
    }
  })

  it("is never of a page inside the server's own network", async () => {
    const guarded = await startServer()
    try {
      const alice = await registerUser(guarded, "inside")
      const before = asked.length
      expect(await alice.call("GET", path(`${origin}/page`))).toMatchObject({ status: 404 })
      expect(asked.length).toBe(before)
    } finally {
      await guarded.stop()
    }
  })

  it("can be turned off", async () => {
    const silent = await startServer({ URL_PREVIEWS: "off" })
    try {
      const alice = await registerUser(silent, "off")
      expect(await alice.call("GET", path(`${origin}/page`))).toMatchObject({
        status: 403,
        body: { errcode: "M_FORBIDDEN" },
      })
    } finally {
      await silent.stop()
    }
  })
})
