import { afterEach, describe, expect, it, vi } from "vitest"
import { register, signIn, SignInError } from "./signIn.ts"

const granted = { user_id: "@dana:x", device_id: "D", access_token: "t" }
const session = { baseUrl: "https://x", userId: "@dana:x", deviceId: "D", accessToken: "t" }

/** A server that gives these answers in turn. @returns the bodies it was sent */
const answering = (...answers: ReadonlyArray<readonly [status: number, body: unknown]>) => {
  const sent: Array<unknown> = []
  vi.stubGlobal("fetch", async (_url: string, { body }: { readonly body: string }) => {
    const [status, answer] = answers[sent.push(JSON.parse(body)) - 1] ?? [500, {}]
    return Response.json(answer, { status })
  })
  return sent
}

afterEach(() => vi.unstubAllGlobals())

it("signs in", async () => {
  answering([200, granted])
  expect(await signIn("https://x", "dana", "secret")).toEqual(session)
})

it("says why it could not", async () => {
  answering([403, { errcode: "M_FORBIDDEN", error: "no" }])
  await expect(signIn("https://x", "dana", "wrong")).rejects.toMatchObject({ code: "M_FORBIDDEN" })
})

describe("register", () => {
  const dummy = { session: "s", flows: [{ stages: ["m.login.recaptcha"] }, { stages: ["m.login.dummy"] }] }
  const token = { session: "s", flows: [{ stages: ["m.login.registration_token", "m.login.dummy"] }] }

  it("walks a flow that needs nobody", async () => {
    const sent = answering([401, dummy], [200, granted])
    expect(await register("https://x", "dana", "secret", "")).toEqual(session)
    expect(sent[1]).toMatchObject({ auth: { type: "m.login.dummy", session: "s" } })
  })

  it("asks for a token when the server wants one, and sends it", async () => {
    answering([401, token])
    expect(await register("https://x", "dana", "secret", "")).toBe("registrationToken")
    const sent = answering([401, token], [401, { ...token, completed: ["m.login.registration_token"] }], [200, granted])
    expect(await register("https://x", "dana", "secret", "abc")).toEqual(session)
    expect(sent[1]).toMatchObject({ auth: { type: "m.login.registration_token", token: "abc" } })
    expect(sent[2]).toMatchObject({ auth: { type: "m.login.dummy" } })
  })

  it("stops when a stage is refused", async () => {
    answering([401, token], [401, { ...token, errcode: "M_UNAUTHORIZED", error: "no such token" }])
    await expect(register("https://x", "dana", "secret", "bad")).rejects.toMatchObject({ code: "M_UNAUTHORIZED" })
  })

  it("does not try flows it cannot walk", async () => {
    answering([401, { session: "s", flows: [{ stages: ["m.login.email.identity"] }] }])
    await expect(register("https://x", "dana", "secret", "")).rejects.toBeInstanceOf(SignInError)
  })
})
