import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { compilePattern } from "./namespacePattern.ts"

const matches = (pattern: string, id: string) => Result.getOrThrow(compilePattern(pattern))(id)

describe("a namespace's pattern", () => {
  it("matches from the beginning", () => {
    assert.isTrue(matches("@_irc_.*", "@_irc_alice:here.example"))
    assert.isFalse(matches("@_irc_.*", "@bob_@_irc_:here.example"))
    assert.isTrue(matches("@a:here.example|@b:here.example", "@b:here.example"))
    assert.isFalse(matches("@a|@b$", "@bob"))
  })

  it("may be what bridges write", () => {
    for (const pattern of [
      "^@whatsapp_.+:here\\.example$",
      "@telegram_([0-9]+|channel_[0-9]+):here\\.example",
      "#_irc_[^:]*:.*",
      "!.*",
      "@_slack_[A-Z0-9]{1,12}-[^-]+:.*",
      "(?:@x_)?[\\w\\-\\]]{3}\\_\\:?.*",
    ]) {
      assert.isTrue(Result.isSuccess(compilePattern(pattern)), pattern)
    }
  })

  it("is refused where it could take forever, or is none", () => {
    for (const pattern of [
      "(a+)+$",
      "(a|a)*$",
      "(a|ab)*c",
      "(?:a?){40}a{40}",
      "(.*)*x",
      "((a{2,})b)+",
      ".*.*.*.*.*x",
      `${"a?".repeat(40)}${"a".repeat(40)}`,
      `${"(a|a)".repeat(40)}b`,
      "(@.*)\\1",
      "(?=a)a",
      "(?<name>a)",
      "@(",
      "[z-a]",
      "",
      "x".repeat(2000),
    ]) {
      assert.isTrue(Result.isFailure(compilePattern(pattern)), pattern)
    }
  })
})
