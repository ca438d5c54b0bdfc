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
  const nobody = async () => false
  const dummy = { session: "s", flows: [{ stages: ["m.login.recaptcha"] }, { stages: ["m.login.dummy"] }] }
  const token = { session: "s", flows: [{ stages: ["m.login.registration_token", "m.login.dummy"] }] }

  it("walks a flow that needs nobody", async () => {
    const sent = answering([401, dummy], [200, granted])
    expect(await register("https://x", "dana", "secret", "", nobody)).toEqual(session)
    expect(sent[1]).toMatchObject({ auth: { type: "m.login.dummy", session: "s" } })
  })

  it("asks for a token when the server wants one, and sends it", async () => {
    answering([401, token])
    expect(await register("https://x", "dana", "secret", "", nobody)).toBe("registrationToken")
    const sent = answering([401, token], [401, { ...token, completed: ["m.login.registration_token"] }], [200, granted])
    expect(await register("https://x", "dana", "secret", "abc", nobody)).toEqual(session)
    expect(sent[1]).toMatchObject({ auth: { type: "m.login.registration_token", token: "abc" } })
    expect(sent[2]).toMatchObject({ auth: { type: "m.login.dummy" } })
  })

  it("stops when a stage is refused", async () => {
    answering([401, token], [401, { ...token, errcode: "M_UNAUTHORIZED", error: "no such token" }])
    await expect(register("https://x", "dana", "secret", "bad", nobody)).rejects.toMatchObject({
      code: "M_UNAUTHORIZED",
    })
  })

  it("opens the server's page for a stage that it does not know, once", async () => {
    const terms = { session: "s/1", flows: [{ stages: ["m.login.terms"] }] }
    const opened: Array<string> = []
    const passes = async (url: string) => {
      opened.push(url)
      return true
    }
    const sent = answering([401, terms], [200, granted])
    expect(await register("https://x", "dana", "secret", "", passes)).toEqual(session)
    expect(opened).toEqual(["https://x/_matrix/client/v3/auth/m.login.terms/fallback/web?session=s%2F1"])
    expect(sent[1]).toMatchObject({ username: "dana", password: "secret", auth: { session: "s/1" } })

    answering([401, terms])
    expect(await register("https://x", "dana", "secret", "", nobody)).toBe("stage")
    answering([401, terms], [401, terms])
    await expect(register("https://x", "dana", "secret", "", passes)).rejects.toBeInstanceOf(SignInError)
    answering([401, { flows: terms.flows }])
    await expect(register("https://x", "dana", "secret", "", passes)).rejects.toBeInstanceOf(SignInError)
  })
})
