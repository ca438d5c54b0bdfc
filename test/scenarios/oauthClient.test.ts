/** matrix-js-sdk, as it is, signs people in through the pages. */
import { createClient } from "matrix-js-sdk"
import { OAuth2 } from "matrix-js-sdk/lib/oauth/index.js"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { clientMetadata, redirectUri, signIn } from "../support/oauthApp.ts"
import { Person } from "../support/pages.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser } from "../support/user.ts"

let server: Server
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const register = async () => {
  const metadata = await createClient({ baseUrl: server.base }).getAuthMetadata()
  const { client_name, client_uri } = clientMetadata
  const clientId = await OAuth2.registerClient(metadata, { client_name, client_uri, redirect_uris: [redirectUri] })
  return new OAuth2(metadata, { clientId })
}
const whoAmI = (accessToken: string) => createClient({ baseUrl: server.base, accessToken }).whoami()

describe("matrix-js-sdk", () => {
  it("discovers, registers, signs in, refreshes and signs out", async () => {
    const alice = await registerUser(server, "alice")
    const oauth = await register()
    const person = new Person(server.base)
    const page = await person.open(await oauth.generateAuthorizationCodeGrantUrl("its state", redirectUri, "query"))
    const asked = await signIn(person, page, alice)
    const url = new URL((await person.send(asked, { answer: "yes" })).url)
    expect(url.searchParams.get("state")).toBe("its state")

    const tokens = await oauth.completeAuthorizationCodeGrant(url.searchParams.get("code") ?? "", redirectUri)
    const me = { user_id: alice.userId, device_id: oauth.context.deviceId }
    expect(await whoAmI(tokens.access_token)).toMatchObject(me)
    const refreshed = await oauth.performRefreshTokenGrant(tokens.refresh_token!)
    expect(await whoAmI(refreshed.access_token)).toMatchObject(me)
    await oauth.revokeToken(refreshed.access_token, "access_token")
    await expect(whoAmI(refreshed.access_token)).rejects.toMatchObject({ errcode: "M_UNKNOWN_TOKEN" })
  })

  it("signs a device in by a code", async () => {
    const alice = await registerUser(server, "alice")
    const oauth = await register()
    const begun = await oauth.startDeviceAuthorizationGrant()
    const person = new Person(server.base)
    const confirm = await person.send(await person.open(begun.verification_uri), { user_code: begun.user_code })
    const asked = await signIn(person, await person.send(confirm, { confirm: "yes" }), alice)
    await person.send(asked, { answer: "yes" })
    const tokens = await oauth.waitForDeviceAuthorizationGrant(begun)
    if (!("access_token" in tokens)) throw new Error(`No token: ${tokens.error}`)
    expect(await whoAmI(tokens.access_token)).toMatchObject({
      user_id: alice.userId,
      device_id: oauth.context.deviceId,
    })
  })
})
