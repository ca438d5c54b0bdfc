import { expect, it } from "vitest"
import { deviceOf, matrixScopes, problemOf } from "./scope.ts"

const api = "urn:matrix:client:api:*"
const device = (id: string) => `urn:matrix:client:device:${id}`
const old = "urn:matrix:org.matrix.msc2967.client:"

it("is for the API, as one device, by new names and old ones", () => {
  for (const scope of [
    `${api} ${device("ABC-._~9")}`,
    `openid ${device("ABC")} ${api}`,
    `${old}api:* ${old}device:ABC`,
    `${api} ${old}api:* ${device("ABC")} ${old}device:ABC`,
  ]) {
    expect(problemOf(scope)).toBeUndefined()
    expect(deviceOf(scope)).toMatch(/^ABC/)
  }
  expect(matrixScopes(`openid ${api} email ${device("ABC")}`)).toEqual([api, device("ABC")])
})

it("is refused without the API, without a device, with two, or with one that is none", () => {
  for (const scope of [
    undefined,
    "",
    "openid",
    api,
    device("ABC"),
    `${api} ${device("ABC")} ${device("DEF")}`,
    `${api} ${device("ABC")} ${old}device:DEF`,
    `${api} ${device("")}`,
    `${api} ${device("A/B")}`,
    `${api} ${device("x".repeat(256))}`,
  ]) {
    expect(problemOf(scope)).toBeTypeOf("string")
  }
})
