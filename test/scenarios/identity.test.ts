/** How a person proves who they are: to other services, and for one more device of theirs. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, request, type User } from "../support/user.ts"

let server: Server
beforeAll(async () => {
  server = await startServer({ SUPPORT_EMAIL: "help@example.com", SUPPORT_PAGE: "https://example.com/help" })
})
afterAll(() => server.stop())

const get = (path: string) => request(server.base, "GET", path)

describe("tokens for other services", () => {
  const tokenPath = (user: User) => `/v3/user/${encodeURIComponent(user.userId)}/openid/request_token`
  const userInfo = (token: string) => get(`/_matrix/federation/v1/openid/userinfo?access_token=${token}`)

  it("say who somebody is, and open nothing here", async () => {
    const alice = await registerUser(server, "alice")
    const given = await alice.ask("POST", tokenPath(alice), {})
    expect(given).toMatchObject({ token_type: "Bearer", matrix_server_name: server.serverName, expires_in: 3600 })
    const token = String(given["access_token"])
    expect(await userInfo(token)).toEqual({ status: 200, body: { sub: alice.userId } })
    expect(await request(server.base, "GET", "/_matrix/client/v3/account/whoami", undefined, token)).toMatchObject({
      status: 401,
    })
  })

  it("are given for oneself alone, and made by this server alone", async () => {
    const [alice, bob] = [await registerUser(server, "alice"), await registerUser(server, "bob")]
    expect(await alice.call("POST", tokenPath(bob), {})).toMatchObject({
      status: 403,
      body: { errcode: "M_FORBIDDEN" },
    })
    expect(await userInfo("made-up")).toMatchObject({ status: 401, body: { errcode: "M_UNKNOWN_TOKEN" } })
    expect(await get("/_matrix/federation/v1/openid/userinfo")).toMatchObject({ body: { errcode: "M_MISSING_TOKEN" } })
  })
})

describe("a login token", () => {
  it("is given for the password, and logs one more device in, once", async () => {
    const alice = await registerUser(server, "alice")
    const ask = (auth?: object) => alice.call("POST", "/v1/login/get_token", auth === undefined ? {} : { auth })
    const { status, body: asked } = await ask()
    expect({ status, asked }).toMatchObject({ status: 401, asked: { flows: [{ stages: ["m.login.password"] }] } })
    const { body } = await ask({
      type: "m.login.password",
      identifier: { type: "m.id.user", user: alice.userId },
      password: "correct horse battery staple",
      session: asked["session"],
    })
    const login = () =>
      request(server.base, "POST", "/_matrix/client/v3/login", { type: "m.login.token", token: body["login_token"] })
    expect(await login()).toMatchObject({ status: 200, body: { user_id: alice.userId } })
    expect(await login()).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } })
    expect(await alice.ask("GET", "/v3/capabilities")).toMatchObject({
      capabilities: { "m.get_login_token": { enabled: true } },
    })
  })
})

describe("the server says of itself", () => {
  it("where it is reached, as it was reached", async () => {
    expect(await get("/.well-known/matrix/client")).toEqual({
      status: 200,
      body: { "m.homeserver": { base_url: server.base } },
    })
  })

  it("who helps", async () => {
    expect(await get("/.well-known/matrix/support")).toEqual({
      status: 200,
      body: {
        contacts: [{ email_address: "help@example.com", role: "m.role.admin" }],
        support_page: "https://example.com/help",
      },
    })
  })

  it("that it is no policy server", async () => {
    expect(await get("/.well-known/matrix/policy_server")).toMatchObject({ body: { errcode: "M_NOT_FOUND" } })
  })
})
