/** The server describes itself: the description holds together, names everything, and says what is so. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { startServer, type Server } from "../support/server.ts"
import { registerUser, request } from "../support/user.ts"

interface Operation {
  readonly operationId: string
  readonly security: ReadonlyArray<object>
  readonly parameters: ReadonlyArray<{ readonly name: string; readonly in: string; readonly required: boolean }>
  readonly responses: Readonly<Record<string, unknown>>
}

let server: Server
let operations: ReadonlyArray<readonly [path: string, method: string, operation: Operation]>
let document: Readonly<Record<string, unknown>>
beforeAll(async () => {
  server = await startServer()
  document = (await request(server.base, "GET", "/_biz1/openapi.json")).body
  const paths = document["paths"] as Readonly<Record<string, Readonly<Record<string, Operation>>>>
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [path, method, operation] as const),
  )
})
afterAll(() => server.stop())

describe("the description of the server", () => {
  it("is OpenAPI 3.1, with operations of all interfaces", () => {
    expect(document["openapi"]).toBe("3.1.0")
    expect(document["info"]).toEqual({ title: expect.any(String), version: expect.any(String) })
    const ids = operations.map(([, , { operationId }]) => operationId)
    expect(ids).toEqual(
      expect.arrayContaining(["sync", "sendMessage", "uploadContent", "adminListUsers", "getOpenApi"]),
    )
    expect(ids.length).toBeGreaterThan(150)
  })

  it("names each operation once, and each path under one form only", () => {
    const ids = operations.map(([, , { operationId }]) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    const paths = Object.keys(document["paths"] as object)
    expect(new Set(paths.map((path) => path.replaceAll(/\{\w+\}/g, "{}"))).size).toBe(paths.length)
  })

  it("declares what the paths take, and refers to nothing that is not there", () => {
    for (const [path, method, { parameters, responses }] of operations) {
      expect(["get", "put", "post", "delete"]).toContain(method)
      expect(Object.keys(responses)).toEqual(["200", "default"])
      const declared = parameters.filter((parameter) => parameter.in === "path")
      expect(declared.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? [])
      expect(declared.every(({ required }) => required)).toBe(true)
      expect(new Set(parameters.map(({ in: place, name }) => `${place} ${name}`)).size).toBe(parameters.length)
    }
    for (const [, reference] of JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)) {
      expect(reference).toMatch(/^#\//)
      const found = reference!
        .slice(2)
        .split("/")
        .reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>>)[key], document)
      expect(found, reference).toBeDefined()
    }
  })

  it("says truly which operations need a token", async () => {
    await registerUser(server, "owner")
    for (const [path, method, { security, parameters }] of operations) {
      if (method !== "get" || parameters.length > 0) continue
      const needed = security.length > 0 && security.every((way) => Object.keys(way).length > 0)
      const { status } = await fetch(server.base + path, { redirect: "manual" })
      expect({ path, refused: status === 401 }).toEqual({ path, refused: needed })
    }
  })
})
