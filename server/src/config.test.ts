import { readFileSync } from "node:fs"
import { Effect, Result } from "effect"
import { describe, expect, it } from "vitest"
import { parseSettings } from "./config.ts"
import { configurationPage } from "./configurationPage.ts"

const parse = (environment: Record<string, string>) => Effect.runSync(Effect.result(parseSettings(environment)))

describe("settings", () => {
  it("need nothing to start with", () => {
    expect(Result.getOrThrow(parse({}))).toMatchObject({ CLIENT_PORT: 8008, RATE_LIMITS: true, REGISTRATION: "token" })
  })

  it.each([
    ["CLIENT_PORT", "70000", 'CLIENT_PORT is "70000": it must be a port from 0 to 65535.'],
    ["REGISTRATION", "maybe", 'REGISTRATION is "maybe": it must be open, token or closed.'],
    ["RATE_LIMITS", "yes", 'RATE_LIMITS is "yes": it must be on or off.'],
    [
      "SERVER_NAME",
      "a b",
      'SERVER_NAME is "a b": it must be a host name with an optional port, as in chat.example.com.',
    ],
    ["MAX_UPLOAD_BYTES", "-1", 'MAX_UPLOAD_BYTES is "-1": it must be a whole number of bytes.'],
  ])("refuse %s=%s with a sentence", (name, value, sentence) => {
    const parsed = parse({ [name]: value })
    expect(Result.isFailure(parsed) && parsed.failure.message).toBe(sentence)
  })

  it("refuse a federation port without a certificate", () => {
    const parsed = parse({ FEDERATION_PORT: "8448", TLS_CERT: "server.crt" })
    expect(Result.isFailure(parsed) && parsed.failure.message).toContain("FEDERATION_PORT needs TLS_CERT and TLS_KEY")
  })

  it("do not repeat a URL, which may hold a password", () => {
    const parsed = parse({ DATABASE_URL: "mysql://me:secret@host/x" })
    expect(Result.isFailure(parsed) && parsed.failure.message).not.toContain("secret")
  })

  it("are documented as they are", () => {
    expect(readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8")).toBe(configurationPage())
  })
})
