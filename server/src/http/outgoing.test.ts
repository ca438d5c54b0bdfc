import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { isPublicAddress, Outgoing, type OutgoingRequest } from "./outgoing.ts"

const serving = (listener: RequestListener) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const server = createServer(listener)
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
      return server
    }),
    (server) => Effect.sync(() => server.close().closeAllConnections()),
  ).pipe(Effect.map((server) => (server.address() as AddressInfo).port))

/** This machine alone may be reached, by its first address. */
const reachingFirst = Outgoing.layerReaching((address) => address === "127.0.0.1")

const ask = (request: Partial<OutgoingRequest> & { readonly url: string }) =>
  Outgoing.use((outgoing) => outgoing.request({ timeout: "10 seconds", maxBytes: 100, ...request }))

const reasonOf = (request: Partial<OutgoingRequest> & { readonly url: string }) =>
  Effect.flip(ask(request)).pipe(Effect.map(({ reason }) => reason))

describe("addresses that are not the public internet's", () => {
  it.each([
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "not an address",
  ])("%s", (address) => assert.isFalse(isPublicAddress(address)))

  it.each(["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111"])("but %s is", (address) =>
    assert.isTrue(isPublicAddress(address)),
  )
})

describe("outgoing requests", () => {
  it.live("reach no private address, whatever it is called", () =>
    Effect.gen(function* () {
      let reached = 0
      const port = yield* serving((_, response) => {
        reached++
        response.end()
      })
      for (const host of ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"]) {
        assert.strictEqual(yield* reasonOf({ url: `http://${host}:${port}/` }), "refused", host)
      }
      for (const url of ["file:///etc/passwd", "gopher://1.1.1.1/", "http://me:secret@1.1.1.1/", "nothing"]) {
        assert.strictEqual(yield* reasonOf({ url }), "refused", url)
      }
      assert.strictEqual(reached, 0)
    }).pipe(Effect.provide(Outgoing.layerReaching(isPublicAddress)), Effect.scoped),
  )

  it.live("check where a redirect leads", () =>
    Effect.gen(function* () {
      const port = yield* serving((request, response) => {
        const to: Record<string, string> = { "/away": `http://127.0.0.2:${port}/`, "/on": "/here", "/round": "/round" }
        const location = to[request.url!]
        response.writeHead(location === undefined ? 200 : 302, location === undefined ? {} : { location })
        response.end(`${request.method} ${request.url}`)
      })
      const at = (path: string) => ({ url: `http://127.0.0.1:${port}${path}`, maxRedirects: 3 })
      assert.strictEqual(yield* reasonOf(at("/away")), "refused")
      const answer = yield* ask({ ...at("/on"), method: "POST", body: "text" })
      assert.strictEqual(answer.url, `http://127.0.0.1:${port}/here`)
      assert.strictEqual(Buffer.from(answer.body).toString(), "GET /here")
      assert.strictEqual((yield* ask(at("/round"))).status, 302, "who goes round is told so")
    }).pipe(Effect.provide(reachingFirst), Effect.scoped),
  )

  it.live("read no more than they may, and wait no longer", () =>
    Effect.gen(function* () {
      const port = yield* serving((request, response) => {
        if (request.url === "/never") return
        response.write("x".repeat(90))
        if (request.url === "/endless") setInterval(() => response.write("x"), 5).unref()
        else response.end("x".repeat(90))
      })
      const url = `http://127.0.0.1:${port}`
      assert.strictEqual(yield* reasonOf({ url: `${url}/long` }), "tooLarge")
      assert.strictEqual(yield* reasonOf({ url: `${url}/endless` }), "tooLarge")
      assert.strictEqual((yield* ask({ url: `${url}/long`, whenLonger: "cut" })).body.length, 100)
      assert.strictEqual(yield* reasonOf({ url: `${url}/never`, timeout: "50 millis" }), "tooLate")
      assert.strictEqual(yield* reasonOf({ url: "http://127.0.0.1:1/" }), "unreachable")
    }).pipe(Effect.provide(reachingFirst), Effect.scoped),
  )
})
