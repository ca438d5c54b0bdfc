import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { parse } from "yaml"
import type { RoomAlias, ServerName, UserId } from "@biz1/protocol/ids"
import { appserviceOf, ownsAlias, ownsUser, parseRegistration, reserves } from "./Registration.ts"

const here = "example.org" as ServerName
const serviceIn = (yaml: string) =>
  Result.getOrThrow(appserviceOf(Result.getOrThrow(parseRegistration(parse(yaml))), here))
const user = (localpart: string, server = "example.org") => `@${localpart}:${server}` as UserId

/** As today's bridges write it. */
const bridge = `
id: whatsapp
url: http://localhost:29318/
as_token: YwHRzO7PdqUVvN5R # this service's
hs_token: aW5ERXmJEVDHAFqG
sender_localpart: gPKo3vMyhCwJMrGZYgFm2cnRqdWQb1bD
rate_limited: false
namespaces:
    users:
        - regex: ^@whatsappbot:example\\.org$
          exclusive: true
        - regex: ^@whatsapp_.*:example\\.org$
          exclusive: true
de.sorunome.msc2409.push_ephemeral: true
receive_ephemeral: true
io.element.msc4190: true
`

/** As those of before wrote it, in YAML's other forms. */
const older = `
"id": 'IRC Bridge'
url: ~
as_token: &token 30c05ae90a248a4188e6
hs_token: *token
sender_localpart: _irc_bot
namespaces: {users: [{exclusive: true, group_id: "+irc:example.org", regex: "@_irc_bridge_.*"}], rooms: [],
  aliases: [{exclusive: false, regex: "#_irc_bridge_.*"}]}
protocols: [irc, irc]
`

describe("a registration", () => {
  it("says whose users a service may be", () => {
    const service = serviceIn(bridge)
    assert.strictEqual(service.url, "http://localhost:29318")
    assert.strictEqual(service.sender, "@gPKo3vMyhCwJMrGZYgFm2cnRqdWQb1bD:example.org")
    assert.deepStrictEqual(
      [service.rateLimited, service.receivesEphemeral, service.receivesEncryption],
      [false, true, false],
    )
    for (const userId of [service.sender, user("whatsappbot"), user("whatsapp_123")]) {
      assert.isTrue(ownsUser(service, userId), userId)
      assert.isTrue(reserves(service, "users", userId), userId)
    }
    for (const userId of [user("alice"), user("whatsappbotanist"), user("whatsapp_123", "example.com")]) {
      assert.isFalse(ownsUser(service, userId), userId)
    }
  })

  it("may leave a namespace to others, and need no URL", () => {
    const service = serviceIn(older)
    assert.isUndefined(service.url)
    assert.isTrue(service.rateLimited)
    assert.deepStrictEqual(service.protocols, ["irc"])
    assert.isTrue(ownsAlias(service, "#_irc_bridge_x:example.org" as RoomAlias))
    assert.isFalse(reserves(service, "aliases", "#_irc_bridge_x:example.org"))
    assert.isFalse(ownsUser(service, user("_irc_bridge_x", "elsewhere.example")))
  })

  it("is refused where something is missing or of another kind, and says what", () => {
    for (const [line, named] of [
      ["hs_token: aW5ERXmJEVDHAFqG\n", "hs_token"],
      ["url: http://localhost:29318/\n", "url"],
      ["rate_limited: false\n", "rate_limited"],
    ] as const) {
      const changed = bridge.replace(line, named === "hs_token" ? "" : `${named}: 5\n`)
      assert.include(Result.getOrThrow(Result.flip(parseRegistration(parse(changed)))), named)
    }
    assert.isTrue(Result.isFailure(parseRegistration("just text")))
  })
})
