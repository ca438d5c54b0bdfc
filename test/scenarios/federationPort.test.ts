/** What other servers find on the port that is theirs. */
import { readFileSync } from "node:fs"
import { request } from "node:https"
import { json } from "node:stream/consumers"
import { verifyJson } from "@biz1/core/signatures"
import type { JsonObject } from "@biz1/protocol/json"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeCertificate } from "../support/certificate.ts"
import { freePort, type Server, startServer } from "../support/server.ts"
import { registerUser } from "../support/user.ts"

const { cert, key } = makeCertificate()
let server: Server
let port: number

beforeAll(async () => {
  port = await freePort()
  server = await startServer({ FEDERATION_PORT: String(port), TLS_CERT: cert, TLS_KEY: key })
})
afterAll(() => server.stop())

const ask = (path: string, trusted = true) =>
  new Promise<{ readonly status: number | undefined; readonly body: JsonObject }>((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, ...(trusted ? { ca: readFileSync(cert) } : {}) })
    asked.once("error", reject)
    asked.once("response", (response) => {
      void json(response).then((body) => resolve({ status: response.statusCode, body: body as JsonObject }))
    })
    asked.end()
  })

describe("the federation port", () => {
  it("tells the server's keys, signed with one of them, also when one is asked for", async () => {
    const before = Date.now()
    const { status, body } = await ask("/_matrix/key/v2/server")
    expect(status).toBe(200)
    expect(body).toMatchObject({ server_name: "test.example", old_verify_keys: {} })
    expect(Number(body["valid_until_ts"])).toBeGreaterThan(before + 60 * 60_000)
    const [[keyId, told]] = Object.entries(body["verify_keys"] as Record<string, { key: string }>) as [
      [string, { key: string }],
    ]
    expect(verifyJson(body, "test.example", keyId, told.key)).toBe(true)
    expect((await ask(`/_matrix/key/v2/server/${keyId}`)).body["verify_keys"]).toEqual(body["verify_keys"])
  })

  it("says which server this is, and whose a token is", async () => {
    expect((await ask("/_matrix/federation/v1/version")).body).toMatchObject({ server: { name: "Biz1 Messenger" } })
    const alice = await registerUser(server, "alice")
    const { access_token: token } = await alice.ask<{ access_token: string }>(
      "POST",
      `/v3/user/${alice.userId}/openid/request_token`,
      {},
    )
    const asked = await ask(`/_matrix/federation/v1/openid/userinfo?access_token=${token}`)
    expect(asked.body).toEqual({ sub: alice.userId })
  })

  it("has nothing that is for clients, and says so as Matrix does", async () => {
    for (const path of ["/_matrix/client/versions", "/_biz1/openapi.json", "/", "/_matrix/federation/v1/nothing"]) {
      expect(await ask(path)).toMatchObject({ status: 404, body: { errcode: "M_UNRECOGNIZED" } })
    }
  })

  it("is for those alone who trust its certificate", async () => {
    await expect(ask("/_matrix/key/v2/server", false)).rejects.toThrow(/self-signed/)
  })
})

describe("a federation port that cannot be", () => {
  const other = makeCertificate()
  const start = (settings: Readonly<Record<string, string>>) =>
    startServer({ FEDERATION_PORT: "0", TLS_CERT: cert, TLS_KEY: key, ...settings })

  it("is explained in a sentence", async () => {
    const unread = 'TLS_CERT is "/nowhere.pem", which cannot be read (ENOENT).'
    await expect(start({ TLS_CERT: "/nowhere.pem" })).rejects.toThrow(unread)
    await expect(start({ TLS_CERT: import.meta.filename })).rejects.toThrow(/which holds no PEM text/)
    const unfit = "TLS_KEY is not the key of the certificate in TLS_CERT."
    await expect(start({ TLS_KEY: other.key })).rejects.toThrow(unfit)
    const taken = /taken by another program.*another FEDERATION_PORT/
    await expect(start({ FEDERATION_PORT: String(port) })).rejects.toThrow(taken)
    await expect(start({ TLS_CA: "/nowhere.pem" })).rejects.toThrow(/TLS_CA is .* cannot be read/)
  })
})
