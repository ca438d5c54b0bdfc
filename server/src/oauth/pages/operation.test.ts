import { expect, it } from "vitest"
import { continueTo } from "./operation.ts"

it("goes on to pages of ours", () => {
  for (const path of [
    "/oauth2/interaction/a-b_C9",
    "/oauth2/account",
    "/oauth2/account?action=org.matrix.devices_list",
    "/oauth2/sso?redirectUrl=https%3A%2F%2Fapp.example%2F",
  ]) {
    expect(continueTo(path)).toBe(path)
  }
})

it("goes nowhere else, and takes nothing that is no URL", () => {
  for (const path of [
    undefined,
    null,
    "",
    "https://evil.example/",
    "//evil.example/oauth2/account",
    "/oauth2/account@evil.example",
    "/oauth2/accounts",
    "/oauth2/../evil",
    "/oauth2/account?\\evil",
    "/oauth2/account?\r\nset-cookie: x=y",
    "/oauth2/account?é",
    "/oauth2/account?\0",
  ]) {
    expect(continueTo(path)).toBe("/oauth2/account")
  }
})
