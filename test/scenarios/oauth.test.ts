/** Signing in through a browser: OAuth 2.0 as Matrix clients use it, and the pages where a person agrees. */
import { randomBytes } from "node:crypto"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type App, openApp, password, redirectUri, scopeFor, signIn } from "../support/oauthApp.ts"
import { Person } from "../support/pages.ts"
import { raw } from "../support/raw.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, request } from "../support/user.ts"

let server: Server
let app: App
beforeAll(async () => {
  server = await startServer()
  app = await openApp(server)
})
afterAll(() => server.stop())

const gone = { status: 401, body: { errcode: "M_UNKNOWN_TOKEN" } }

describe("clients that want to sign people in", () => {
  it("find out where, by the stable path and those before it", async () => {
    const issuer = `${server.base}/`
    expect(app.metadata).toMatchObject({ issuer, code_challenge_methods_supported: ["S256"] })
    for (const path of [
      "/_matrix/client/unstable/org.matrix.msc2965/auth_metadata",
      "/.well-known/openid-configuration",
      "/.well-known/oauth-authorization-server",
    ]) {
      const { account_management_actions_supported: actions, ...others } = app.metadata
      const { body } = await request(server.base, "GET", path)
      expect(body).toMatchObject(others)
      expect(body["account_management_actions_supported"]).toEqual(expect.arrayContaining([...actions!]))
    }
    expect(await request(server.base, "GET", "/_matrix/client/unstable/org.matrix.msc2965/auth_issuer")).toEqual({
      status: 200,
      body: { issuer },
    })
    const { keys } = (await request(server.base, "GET", "/oauth2/keys")).body as { keys: ReadonlyArray<object> }
    expect(keys).toEqual([expect.objectContaining({ kty: "RSA", alg: "RS256" })])
    expect(keys[0]).not.toHaveProperty("d")
  })

  it("are told nothing by an address at which they could not be reached", async () => {
    const path = "/_matrix/client/v1/auth_metadata"
    const { status, text } = await raw(server.base, { method: "GET", path, headers: { host: "chat.example.com" } })
    expect([status, text]).toEqual([404, expect.stringContaining("M_UNRECOGNIZED")])
  })

  it("register, and are the same client when they do it again", async () => {
    const localised = { "client_name#fr": "Appli", logo_uri: "https://app.example/logo.png", unheard_of: 1 }
    const first = await app.register(localised)
    expect(first).toMatchObject({ status: 201, body: { client_name: "App", "client_name#fr": "Appli" } })
    expect(first.body).not.toHaveProperty("unheard_of")
    expect(await app.register(localised)).toEqual(first)
    expect((await app.register({ client_name: "Other" })).body["client_id"]).not.toBe(first.body["client_id"])
  })

  it("show nothing of another site", async () => {
    const { body } = await app.register({
      logo_uri: "https://other.example/logo.png",
      tos_uri: "https://sub.app.example/",
    })
    expect(body).not.toHaveProperty("logo_uri")
    expect(body).toHaveProperty("tos_uri")
  })

  it("are sent back only to where nobody else listens", async () => {
    const web = (uri: string) => ({ redirect_uris: [uri] })
    const native = (uri: string) => ({ application_type: "native", redirect_uris: [uri] })
    for (const good of [
      web("https://sub.app.example/x"),
      native("example.app:/callback"),
      native("example.app.beta:/callback"),
      native("example.app:callback"),
      native("http://localhost/callback"),
      native("http://127.0.0.1/callback"),
      native("http://[::1]/callback"),
      native("https://app.example/callback"),
    ]) {
      expect(await app.register(good)).toMatchObject({ status: 201, body: { redirect_uris: good.redirect_uris } })
    }
    for (const bad of [
      web("https://other.example/callback"),
      web("https://evilapp.example/callback"),
      web("http://app.example/callback"),
      web("https://user@app.example/callback"),
      web("https://app.example/callback#x"),
      web("example.app:/callback"),
      native("example.other:/callback"),
      native("example.app://host/callback"),
      native("http://app.example/callback"),
      native("http://localhost:1234/callback"),
      native("http://127.0.0.2/callback"),
      native("https://localhost/callback"),
      native("javascript:alert(1)"),
      { redirect_uris: [] },
    ]) {
      expect(await app.register(bad)).toMatchObject({ status: 400, body: { error: "invalid_redirect_uri" } })
    }
    for (const bad of [{ client_uri: "http://app.example/" }, { client_uri: 1 }, { grant_types: ["password"] }]) {
      expect(await app.register(bad)).toMatchObject({ status: 400, body: { error: "invalid_client_metadata" } })
    }
  })
})

describe("a person who agrees", () => {
  it("is signed in on the device that the app has named", async () => {
    const alice = await registerUser(server, "alice")
    const { url, code } = await app.codeFor(alice, "ABCDEFGHIJ")
    expect(url.origin + url.pathname).toBe(redirectUri)
    expect(url.searchParams.get("state")).toBe("its state")
    expect(url.searchParams.get("iss")).toBe(app.metadata["issuer"])

    const { status, headers, body } = await app.redeem(code)
    expect(status).toBe(200)
    expect(headers.get("access-control-allow-origin")).toBe("*")
    expect(body).toMatchObject({ token_type: "Bearer", scope: scopeFor("ABCDEFGHIJ"), expires_in: 3600 })
    expect(await app.whoAmI(body.access_token)).toEqual({
      status: 200,
      body: { user_id: alice.userId, device_id: "ABCDEFGHIJ", is_guest: false },
    })
    const { devices } = await alice.ask<{ devices: ReadonlyArray<Record<string, string>> }>("GET", "/v3/devices")
    expect(devices).toContainEqual(expect.objectContaining({ device_id: "ABCDEFGHIJ", display_name: "App" }))
  })

  it("comes back in the fragment if the app wants so, and with the scope's old name", async () => {
    const alice = await registerUser(server, "alice")
    const old = "urn:matrix:org.matrix.msc2967.client"
    const { url } = await app.codeFor(alice, "", {
      response_mode: "fragment",
      scope: `openid ${old}:api:* ${old}:device:OLDDEVICE1`,
    })
    const { body } = await app.redeem(new URLSearchParams(url.hash.slice(1)).get("code") ?? "")
    expect(body["id_token"]).toEqual(expect.any(String))
    expect(await app.whoAmI(body.access_token)).toMatchObject({ body: { device_id: "OLDDEVICE1" } })
  })

  it("need not enter the password again for the next app, but may be somebody else there", async () => {
    const [alice, bob] = [await registerUser(server, "alice"), await registerUser(server, "bob")]
    const { person } = await app.codeFor(alice, "FIRSTDEVICE")
    const asked = await person.open(app.authorizeUrl("SECONDDEVICE"))
    expect(asked.text).toContain(alice.userId)
    const other = /<a href="(\/oauth2\/sign-in[^"]*)"/.exec(asked.text)![1]!
    const asBob = await signIn(person, await person.open(other), bob)
    const { url } = await person.send(asBob, { answer: "yes" })
    const { body } = await app.redeem(new URL(url).searchParams.get("code") ?? "")
    expect(await app.whoAmI(body.access_token)).toMatchObject({ body: { user_id: bob.userId } })
    expect((await person.open(app.authorizeUrl("THIRDDEVICE", { prompt: "login" }))).url).toContain("/oauth2/sign-in")
  })

  it("can make an account on the way", async () => {
    const person = new Person(server.base)
    const page = await person.open(app.authorizeUrl("NEWDEVICE1", { prompt: "create" }))
    expect(page.text).toContain("Create an account")
    const name = `carol-${randomBytes(4).toString("hex")}`
    expect(await person.send(page, { user: name, password: "short" })).toMatchObject({ status: 400 })
    const asked = await person.send(page, { user: name, password })
    const { url } = await person.send(asked, { answer: "yes" })
    const { body } = await app.redeem(new URL(url).searchParams.get("code") ?? "")
    expect(await app.whoAmI(body.access_token)).toMatchObject({ body: { user_id: `@${name}:${server.serverName}` } })
  })

  it("can refuse, too", async () => {
    const alice = await registerUser(server, "alice")
    const person = new Person(server.base)
    const asked = await signIn(person, await person.open(app.authorizeUrl("REFUSED123")), alice)
    const { url } = await person.send(asked, { answer: "no" })
    expect(new URL(url).searchParams.get("error")).toBe("access_denied")
  })
})

describe("the pages", () => {
  it("let nobody in with a wrong password, or from another site", async () => {
    const alice = await registerUser(server, "alice")
    const person = new Person(server.base)
    const page = await person.open(app.authorizeUrl("PAGEDEVICE"))
    const refused = await signIn(person, page, alice, "wrong")
    expect(refused.status).toBe(403)
    expect(refused.text).toContain("wrong")
    const fields = { user: alice.userId, password }
    expect(await person.send(page, fields, { origin: "https://evil.example" })).toMatchObject({ status: 403 })
    expect(await person.send(page, fields, { "sec-fetch-site": "cross-site" })).toMatchObject({ status: 403 })
  })

  it("hold no script, nothing from elsewhere, and no other site can frame them or be gone on to", async () => {
    const response = await fetch(`${server.base}/oauth2/sign-in?continue=https://evil.example/`)
    const policy = response.headers.get("content-security-policy")
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    const text = await response.text()
    expect(text).not.toMatch(/<script|evil\.example/)
  })

  it("are of no use without the browser that began", async () => {
    const alice = await registerUser(server, "alice")
    const person = new Person(server.base)
    const asked = await signIn(person, await person.open(app.authorizeUrl("STOLENPAGE")), alice)
    expect(await new Person(server.base).open(asked.url)).toMatchObject({ status: 400 })
  })
})

describe("a client without OAuth 2.0", () => {
  it("can send people to the same pages, and logs in with the token that they bring", async () => {
    const alice = await registerUser(server, "alice")
    const person = new Person(server.base)
    const path = "/_matrix/client/v3/login/sso/redirect?redirectUrl=https%3A%2F%2Fapp.example%2F"
    const { url } = await person.send(await signIn(person, await person.open(path), alice), {})
    const token = new URL(url).searchParams.get("loginToken")
    const login = await request(server.base, "POST", "/_matrix/client/v3/login", { type: "m.login.token", token })
    expect(login.body["user_id"]).toBe(alice.userId)
    expect((await new Person(server.base).open(`${path}&action=register`)).text).toContain("Create an account")
  })
})

describe("an app on somebody's computer", () => {
  it("listens on whatever port is free, and shows what it binds itself to", async () => {
    const { body } = await app.register({
      application_type: "native",
      redirect_uris: ["http://localhost/callback", "http://127.0.0.1/callback"],
      policy_uri: "https://app.example/privacy",
    })
    const alice = await registerUser(server, "alice")
    for (const here of ["http://localhost:41234/callback", "http://127.0.0.1:41235/callback"]) {
      const person = new Person(server.base)
      const url = app.authorizeUrl("DESKTOPAPP", { client_id: String(body["client_id"]), redirect_uri: here })
      const asked = await signIn(person, await person.open(url), alice)
      expect(asked.text).toContain('href="https://app.example/privacy"')
      expect((await person.send(asked, { answer: "yes" })).url).toContain(`${here}?`)
    }
  })
})

describe("an authorisation", () => {
  it("is refused where the request is not as it should be", async () => {
    const person = new Person(server.base)
    const errorOf = async (change: Readonly<Record<string, string>>) =>
      new URL((await person.open(app.authorizeUrl("BADREQUEST", change))).url).searchParams.get("error")
    expect(await errorOf({ scope: "urn:matrix:client:api:*" })).toBe("invalid_scope")
    expect(await errorOf({ scope: "openid" })).toBe("invalid_scope")
    expect(await errorOf({ scope: `${scopeFor("ONEDEVICE1")} urn:matrix:client:device:TWODEVICES` })).toBe(
      "invalid_scope",
    )
    expect(await errorOf({ scope: scopeFor("no/good") })).toBe("invalid_scope")
    expect(await errorOf({ code_challenge_method: "plain" })).toBe("invalid_request")
    expect(await errorOf({ prompt: "none" })).toBe("login_required")
    for (const change of [{ client_id: "unknown" }, { redirect_uri: "https://other.example/" }]) {
      expect(await person.open(app.authorizeUrl("BADREQUEST", change))).toMatchObject({ status: 400 })
    }
  })

  it("is good once, for who holds the verifier", async () => {
    const alice = await registerUser(server, "alice")
    const { code } = await app.codeFor(alice, "ONCEDEVICE")
    expect(await app.redeem(code, { code_verifier: randomBytes(32).toString("base64url") })).toMatchObject({
      status: 400,
    })
    const { body } = await app.redeem(code)
    expect(await app.redeem(code)).toMatchObject({ status: 400, body: { error: "invalid_grant" } })
    // Whoever used it the second time had stolen it, or the first did.
    expect(await app.whoAmI(body.access_token)).toMatchObject(gone)
  })

  it("of a device that has a login takes its place", async () => {
    const alice = await registerUser(server, "alice")
    const [before, after] = [await app.tokensFor(alice, "SAMEDEVICE"), await app.tokensFor(alice, "SAMEDEVICE")]
    expect(await app.whoAmI(before.access_token)).toMatchObject(gone)
    expect(await app.refresh(before.refresh_token)).toMatchObject({ status: 400 })
    expect(await app.whoAmI(after.access_token)).toMatchObject({ status: 200 })
  })
})
