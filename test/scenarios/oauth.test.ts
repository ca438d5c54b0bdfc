/** Signing in through a browser: OAuth 2.0 as Matrix clients use it, and the pages where a person agrees. */
import { createHash, randomBytes } from "node:crypto"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Person, type Shown } from "../support/pages.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, request, type User } from "../support/user.ts"

let server: Server
let metadata: Readonly<Record<string, string>>
let clientId: string
beforeAll(async () => {
  server = await startServer()
  metadata = (await request(server.base, "GET", "/_matrix/client/v1/auth_metadata")).body as typeof metadata
  clientId = await registerClient()
})
afterAll(() => server.stop())

const password = "correct horse battery staple"
const app = {
  client_name: "App",
  client_uri: "https://app.example/",
  redirect_uris: ["https://app.example/callback"],
  grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
  response_types: ["code"],
  token_endpoint_auth_method: "none",
}
const redirectUri = app.redirect_uris[0]!
const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

const register = (change: object = {}) => request(server.base, "POST", "/oauth2/register", { ...app, ...change })
const registerClient = async () => String((await register()).body["client_id"])

const scopeFor = (deviceId: string) => `urn:matrix:client:api:* urn:matrix:client:device:${deviceId}`
const verifier = randomBytes(32).toString("base64url")
const challenge = createHash("sha256").update(verifier).digest("base64url")

const authorizeUrl = (deviceId: string, change: Readonly<Record<string, string>> = {}) =>
  `${metadata["authorization_endpoint"]}?${new URLSearchParams({
    client_id: clientId,
    response_type: "code",
    redirect_uri: redirectUri,
    response_mode: "query",
    state: "its state",
    scope: scopeFor(deviceId),
    code_challenge: challenge,
    code_challenge_method: "S256",
    ...change,
  })}`

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly expires_in: number
  readonly scope: string
}

const token = async (form: Readonly<Record<string, string>>) => {
  const response = await fetch(metadata["token_endpoint"]!, {
    method: "POST",
    body: new URLSearchParams({ client_id: clientId, ...form }),
    headers: { origin: "https://app.example" },
  })
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Tokens & Record<string, unknown>,
  }
}
const redeem = (code: string, change: object = {}) =>
  token({ grant_type: "authorization_code", code, redirect_uri: redirectUri, code_verifier: verifier, ...change })
const refresh = (refreshToken: string) => token({ grant_type: "refresh_token", refresh_token: refreshToken })

const whoAmI = (accessToken: string) =>
  request(server.base, "GET", "/_matrix/client/v3/account/whoami", undefined, accessToken)
const gone = { status: 401, body: { errcode: "M_UNKNOWN_TOKEN" } }

const localpart = (user: User) => user.userId.slice(1, user.userId.indexOf(":"))
const signIn = (person: Person, page: Shown, user: User, secret = password) =>
  person.send(page, { user: localpart(user), password: secret })

/** Goes through the pages, and comes back with the code. */
const codeFor = async (user: User, deviceId: string, change: Readonly<Record<string, string>> = {}) => {
  const person = new Person(server.base)
  const asked = await signIn(person, await person.open(authorizeUrl(deviceId, change)), user)
  expect(asked.text).toContain("Continue to App?")
  const back = await person.send(asked, { answer: "yes" })
  return { person, url: new URL(back.url), code: new URL(back.url).searchParams.get("code") ?? "" }
}
const tokensFor = async (user: User, deviceId: string) => (await redeem((await codeFor(user, deviceId)).code)).body

describe("clients that want to sign people in", () => {
  it("find out where, by the stable path and those before it", async () => {
    const issuer = `${server.base}/`
    expect(metadata).toMatchObject({ issuer, code_challenge_methods_supported: ["S256"] })
    for (const path of [
      "/_matrix/client/unstable/org.matrix.msc2965/auth_metadata",
      "/.well-known/openid-configuration",
      "/.well-known/oauth-authorization-server",
    ]) {
      expect((await request(server.base, "GET", path)).body).toEqual(metadata)
    }
    expect(await request(server.base, "GET", "/_matrix/client/unstable/org.matrix.msc2965/auth_issuer")).toEqual({
      status: 200,
      body: { issuer },
    })
    const { keys } = (await request(server.base, "GET", "/oauth2/keys")).body as { keys: ReadonlyArray<object> }
    expect(keys).toEqual([expect.objectContaining({ kty: "RSA", alg: "RS256" })])
    expect(keys[0]).not.toHaveProperty("d")
  })

  it("register, and are the same client when they do it again", async () => {
    const localised = { "client_name#fr": "Appli", logo_uri: "https://app.example/logo.png", unheard_of: 1 }
    const first = await register(localised)
    expect(first).toMatchObject({ status: 201, body: { client_name: "App", "client_name#fr": "Appli" } })
    expect(first.body).not.toHaveProperty("unheard_of")
    expect(await register(localised)).toEqual(first)
    expect((await register({ client_name: "Other" })).body["client_id"]).not.toBe(first.body["client_id"])
  })

  it("show nothing of another site", async () => {
    const { body } = await register({ logo_uri: "https://other.example/logo.png", tos_uri: "https://sub.app.example/" })
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
      native("http://localhost/callback"),
      native("http://127.0.0.1/callback"),
      native("http://[::1]/callback"),
      native("https://app.example/callback"),
    ]) {
      expect(await register(good)).toMatchObject({ status: 201, body: { redirect_uris: good.redirect_uris } })
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
      native("javascript:alert(1)"),
      { redirect_uris: [] },
    ]) {
      expect(await register(bad)).toMatchObject({ status: 400, body: { error: "invalid_redirect_uri" } })
    }
    for (const bad of [{ client_uri: "http://app.example/" }, { client_uri: 1 }, { grant_types: ["password"] }]) {
      expect(await register(bad)).toMatchObject({ status: 400, body: { error: "invalid_client_metadata" } })
    }
  })
})

describe("a person who agrees", () => {
  it("is signed in on the device that the app has named", async () => {
    const alice = await registerUser(server, "alice")
    const { url, code } = await codeFor(alice, "ABCDEFGHIJ")
    expect(url.origin + url.pathname).toBe(redirectUri)
    expect(url.searchParams.get("state")).toBe("its state")
    expect(url.searchParams.get("iss")).toBe(metadata["issuer"])

    const { status, headers, body } = await redeem(code)
    expect(status).toBe(200)
    expect(headers.get("access-control-allow-origin")).toBe("*")
    expect(body).toMatchObject({ token_type: "Bearer", scope: scopeFor("ABCDEFGHIJ"), expires_in: 3600 })
    expect(await whoAmI(body.access_token)).toEqual({
      status: 200,
      body: { user_id: alice.userId, device_id: "ABCDEFGHIJ", is_guest: false },
    })
    const { devices } = await alice.ask<{ devices: ReadonlyArray<Record<string, string>> }>("GET", "/v3/devices")
    expect(devices).toContainEqual(expect.objectContaining({ device_id: "ABCDEFGHIJ", display_name: "App" }))
  })

  it("comes back in the fragment if the app wants so, and with the scope's old name", async () => {
    const alice = await registerUser(server, "alice")
    const old = "urn:matrix:org.matrix.msc2967.client"
    const { url } = await codeFor(alice, "", {
      response_mode: "fragment",
      scope: `openid ${old}:api:* ${old}:device:OLDDEVICE1`,
    })
    const { body } = await redeem(new URLSearchParams(url.hash.slice(1)).get("code") ?? "")
    expect(body["id_token"]).toEqual(expect.any(String))
    expect(await whoAmI(body.access_token)).toMatchObject({ body: { device_id: "OLDDEVICE1" } })
  })

  it("need not enter the password again for the next app, but may be somebody else there", async () => {
    const [alice, bob] = [await registerUser(server, "alice"), await registerUser(server, "bob")]
    const { person } = await codeFor(alice, "FIRSTDEVICE")
    const asked = await person.open(authorizeUrl("SECONDDEVICE"))
    expect(asked.text).toContain(alice.userId)
    const other = /<a href="(\/oauth2\/sign-in[^"]*)"/.exec(asked.text)![1]!
    const asBob = await signIn(person, await person.open(other), bob)
    const { url } = await person.send(asBob, { answer: "yes" })
    const { body } = await redeem(new URL(url).searchParams.get("code") ?? "")
    expect(await whoAmI(body.access_token)).toMatchObject({ body: { user_id: bob.userId } })
    expect((await person.open(authorizeUrl("THIRDDEVICE", { prompt: "login" }))).url).toContain("/oauth2/sign-in")
  })

  it("can make an account on the way", async () => {
    const person = new Person(server.base)
    const page = await person.open(authorizeUrl("NEWDEVICE1", { prompt: "create" }))
    expect(page.text).toContain("Create an account")
    const name = `carol-${randomBytes(4).toString("hex")}`
    expect(await person.send(page, { user: name, password: "short" })).toMatchObject({ status: 400 })
    const asked = await person.send(page, { user: name, password })
    const { url } = await person.send(asked, { answer: "yes" })
    const { body } = await redeem(new URL(url).searchParams.get("code") ?? "")
    expect(await whoAmI(body.access_token)).toMatchObject({ body: { user_id: `@${name}:${server.serverName}` } })
  })

  it("can refuse, too", async () => {
    const alice = await registerUser(server, "alice")
    const person = new Person(server.base)
    const asked = await signIn(person, await person.open(authorizeUrl("REFUSED123")), alice)
    const { url } = await person.send(asked, { answer: "no" })
    expect(new URL(url).searchParams.get("error")).toBe("access_denied")
  })
})

describe("the pages", () => {
  it("let nobody in with a wrong password, or from another site", async () => {
    const alice = await registerUser(server, "alice")
    const person = new Person(server.base)
    const page = await person.open(authorizeUrl("PAGEDEVICE"))
    const refused = await signIn(person, page, alice, "wrong")
    expect(refused.status).toBe(403)
    expect(refused.text).toContain("wrong")
    const fields = { user: localpart(alice), password }
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
    const asked = await signIn(person, await person.open(authorizeUrl("STOLENPAGE")), alice)
    expect(await new Person(server.base).open(asked.url)).toMatchObject({ status: 400 })
  })
})

describe("an authorisation", () => {
  it("is refused where the request is not as it should be", async () => {
    const person = new Person(server.base)
    const errorOf = async (change: Readonly<Record<string, string>>) =>
      new URL((await person.open(authorizeUrl("BADREQUEST", change))).url).searchParams.get("error")
    expect(await errorOf({ scope: "urn:matrix:client:api:*" })).toBe("invalid_scope")
    expect(await errorOf({ scope: "openid" })).toBe("invalid_scope")
    expect(await errorOf({ scope: `${scopeFor("ONEDEVICE1")} urn:matrix:client:device:TWODEVICES` })).toBe(
      "invalid_scope",
    )
    expect(await errorOf({ scope: scopeFor("no/good") })).toBe("invalid_scope")
    expect(await errorOf({ code_challenge_method: "plain" })).toBe("invalid_request")
    expect(await errorOf({ prompt: "none" })).toBe("login_required")
    for (const change of [{ client_id: "unknown" }, { redirect_uri: "https://other.example/" }]) {
      expect(await person.open(authorizeUrl("BADREQUEST", change))).toMatchObject({ status: 400 })
    }
  })

  it("is good once, for who holds the verifier", async () => {
    const alice = await registerUser(server, "alice")
    const { code } = await codeFor(alice, "ONCEDEVICE")
    expect(await redeem(code, { code_verifier: randomBytes(32).toString("base64url") })).toMatchObject({ status: 400 })
    const { body } = await redeem(code)
    expect(await redeem(code)).toMatchObject({ status: 400, body: { error: "invalid_grant" } })
    // Whoever used it the second time had stolen it, or the first did.
    expect(await whoAmI(body.access_token)).toMatchObject(gone)
  })

  it("of a device that has a login takes its place", async () => {
    const alice = await registerUser(server, "alice")
    const [before, after] = [await tokensFor(alice, "SAMEDEVICE"), await tokensFor(alice, "SAMEDEVICE")]
    expect(await whoAmI(before.access_token)).toMatchObject(gone)
    expect(await refresh(before.refresh_token)).toMatchObject({ status: 400 })
    expect(await whoAmI(after.access_token)).toMatchObject({ status: 200 })
  })
})

describe("a refresh token", () => {
  it("is replaced as it is used, and can be used again where the answer was lost", async () => {
    const alice = await registerUser(server, "alice")
    const first = await tokensFor(alice, "REFRESHING")
    const { body: lost } = await refresh(first.refresh_token)
    const { body: second } = await refresh(first.refresh_token)
    expect(new Set([first, lost, second].map(({ refresh_token: one }) => one)).size).toBe(3)
    expect(await whoAmI(second.access_token)).toMatchObject({ status: 200, body: { device_id: "REFRESHING" } })
    const { body: third } = await refresh(second.refresh_token)
    expect(await whoAmI(third.access_token)).toMatchObject({ status: 200 })
    expect(await refresh(first.refresh_token)).toMatchObject({ status: 400, body: { error: "invalid_grant" } })
  })

  it("that two go on with ends the login", async () => {
    const alice = await registerUser(server, "alice")
    const first = await tokensFor(alice, "STOLENTOKEN")
    const [{ body: mine }, { body: theirs }] = [await refresh(first.refresh_token), await refresh(first.refresh_token)]
    const { body: next } = await refresh(theirs.refresh_token)
    expect(await refresh(mine.refresh_token)).toMatchObject({ status: 400, body: { error: "invalid_grant" } })
    expect(await whoAmI(next.access_token)).toMatchObject(gone)
    expect(await refresh(next.refresh_token)).toMatchObject({ status: 400 })
  })

  it("lives through a restart of the server", async () => {
    const alice = await registerUser(server, "alice")
    const first = await tokensFor(alice, "RESTARTING")
    await server.restart()
    const { body } = await refresh(first.refresh_token)
    expect(await whoAmI(body.access_token)).toMatchObject({ status: 200 })
  })
})

describe("a login", () => {
  const revoke = (form: Readonly<Record<string, string>>) =>
    fetch(metadata["revocation_endpoint"]!, { method: "POST", body: new URLSearchParams(form) })
  const hasDevice = async (user: User, deviceId: string) =>
    (await user.call("GET", `/v3/devices/${deviceId}`)).status === 200

  it("ends with either of its tokens, and its device goes", async () => {
    const alice = await registerUser(server, "alice")
    for (const kind of ["access_token", "refresh_token"] as const) {
      const tokens = await tokensFor(alice, "REVOKEDONE")
      expect(await hasDevice(alice, "REVOKEDONE")).toBe(true)
      expect((await revoke({ token: tokens[kind], token_type_hint: kind, client_id: clientId })).status).toBe(200)
      expect(await whoAmI(tokens.access_token)).toMatchObject(gone)
      expect(await refresh(tokens.refresh_token)).toMatchObject({ status: 400 })
      expect(await hasDevice(alice, "REVOKEDONE")).toBe(false)
    }
    expect((await revoke({ token: "unknown" })).status).toBe(200)
    expect((await revoke({})).status).toBe(400)
  })

  it("ends with a logout, its device, or its account", async () => {
    const alice = await registerUser(server, "alice")
    const auth = { type: "m.login.password", identifier: { type: "m.id.user", user: alice.userId }, password }
    const ends: ReadonlyArray<(accessToken: string) => Promise<unknown>> = [
      (accessToken) => request(server.base, "POST", "/_matrix/client/v3/logout", {}, accessToken),
      () => alice.ask("DELETE", "/v3/devices/ENDINGDEVICE", { auth }),
      () => alice.ask("POST", "/v3/account/deactivate", { auth }),
    ]
    for (const end of ends) {
      const tokens = await tokensFor(alice, "ENDINGDEVICE")
      await end(tokens.access_token)
      expect(await whoAmI(tokens.access_token)).toMatchObject(gone)
      expect(await refresh(tokens.refresh_token)).toMatchObject({ status: 400, body: { error: "invalid_grant" } })
    }
  })
})

describe("a device without a browser", () => {
  const begin = async (deviceId: string) => {
    const response = await fetch(metadata["device_authorization_endpoint"]!, {
      method: "POST",
      body: new URLSearchParams({ client_id: clientId, scope: scopeFor(deviceId) }),
    })
    return (await response.json()) as Readonly<Record<string, string>>
  }
  const poll = (code: string | undefined) => token({ grant_type: deviceGrant, device_code: code ?? "" })

  it("is signed in from another one, by the code that it shows", async () => {
    const alice = await registerUser(server, "alice")
    const begun = await begin("TELEVISION")
    expect(await poll(begun["device_code"])).toMatchObject({ status: 400, body: { error: "authorization_pending" } })

    const person = new Person(server.base)
    const entry = await person.open(begun["verification_uri"]!)
    const unknown = await person.send(entry, { user_code: "BBBB-BBBB" })
    expect(unknown.text).toContain("There is no such code")
    const confirm = await person.send(unknown, { user_code: begun["user_code"]!.toLowerCase().replace("-", " ") })
    expect(confirm.text).toContain(begun["user_code"])
    const asked = await signIn(person, await person.send(confirm, { confirm: "yes" }), alice)
    expect((await person.send(asked, { answer: "yes" })).text).toContain("Your device is signed in")

    const { status, body } = await poll(begun["device_code"])
    expect(status).toBe(200)
    expect(await whoAmI(body.access_token)).toMatchObject({ body: { user_id: alice.userId, device_id: "TELEVISION" } })
    expect((await refresh(body.refresh_token)).status).toBe(200)
  })

  it("learns that the person did not want it", async () => {
    const begun = await begin("TELEVISION2")
    const person = new Person(server.base)
    const entry = await person.open(begun["verification_uri"]!)
    const confirm = await person.send(entry, { user_code: begun["user_code"]! })
    await person.send(confirm, { abort: "yes" })
    expect(await poll(begun["device_code"])).toMatchObject({ status: 400, body: { error: "access_denied" } })
  })
})

describe("the page of one's account", () => {
  const opened = async (user: User, path = "/oauth2/account") => {
    const person = new Person(server.base)
    return { person, page: await signIn(person, await person.open(path), user) }
  }
  const formOf = (page: Shown, action: string): Shown => ({
    ...page,
    text: page.text.slice(page.text.search(new RegExp(`<form[^>]*action="${action}"`))),
  })

  it("changes a name", async () => {
    const alice = await registerUser(server, "alice")
    const { person, page } = await opened(alice)
    const saved = await person.send(formOf(page, "/oauth2/account/profile"), { name: "Alice <3" })
    expect(saved.text).toContain("Alice &#60;3")
    expect(await alice.ask("GET", `/v3/profile/${alice.userId}`)).toMatchObject({ displayname: "Alice <3" })
  })

  it("shows devices, and signs them out", async () => {
    const [alice, bob] = [await registerUser(server, "alice"), await registerUser(server, "bob")]
    const tokens = await tokensFor(alice, "LISTEDDEVICE")
    const theirs = await tokensFor(bob, "LISTEDDEVICE")
    const { person, page } = await opened(alice, "/oauth2/account?action=org.matrix.devices_list")
    expect(page.text).toContain("LISTEDDEVICE")
    const device = await person.open("/oauth2/account?action=org.matrix.device_view&device_id=LISTEDDEVICE")
    expect((await person.send(device, {})).text).not.toContain("LISTEDDEVICE")
    expect(await whoAmI(tokens.access_token)).toMatchObject(gone)
    expect(await whoAmI(theirs.access_token)).toMatchObject({ status: 200 })
  })

  it("allows a new encryption identity, once, to who signed in through a browser", async () => {
    const alice = await registerUser(server, "alice")
    const { access_token: accessToken } = await tokensFor(alice, "RESETTING1")
    const upload = async (letter: string, auth?: object) => {
      const key = letter.repeat(43)
      return request(
        server.base,
        "POST",
        "/_matrix/client/v3/keys/device_signing/upload",
        {
          master_key: { user_id: alice.userId, usage: ["master"], keys: { [`ed25519:${key}`]: key } },
          ...(auth === undefined ? {} : { auth }),
        },
        accessToken,
      )
    }
    expect(await upload("A")).toMatchObject({ status: 200 })
    const asked = await upload("B")
    expect(asked).toMatchObject({
      status: 401,
      body: { flows: [{ stages: ["m.oauth"] }, { stages: [expect.anything()] }] },
    })
    const params = asked.body["params"] as { readonly "m.oauth": { readonly url: string } }
    const session = asked.body["session"]
    expect(await upload("B", { session })).toMatchObject({ status: 401 })
    expect(await upload("B", { session, type: "m.oauth" })).toMatchObject({
      status: 401,
      body: { errcode: "M_FORBIDDEN" },
    })

    const { person, page } = await opened(alice, params["m.oauth"].url)
    expect((await person.send(page, {})).status).toBe(200)
    expect(await upload("B", { session })).toMatchObject({ status: 200 })
    expect(await upload("C", { session })).toMatchObject({ status: 401 })
  })

  it("ends the account", async () => {
    const alice = await registerUser(server, "alice")
    const { person, page } = await opened(alice, "/oauth2/account?action=org.matrix.account_deactivate")
    expect((await person.send(page, {})).text).toContain("deactivated")
    expect(await whoAmI(alice.token)).toMatchObject(gone)
    expect((await person.open("/oauth2/account")).url).toContain("/oauth2/sign-in")
  })

  it("is closed to who has signed out", async () => {
    const alice = await registerUser(server, "alice")
    const { person, page } = await opened(alice)
    await person.send(formOf(page, "/oauth2/sign-out"), {})
    expect((await person.open("/oauth2/account")).url).toContain("/oauth2/sign-in")
  })
})
