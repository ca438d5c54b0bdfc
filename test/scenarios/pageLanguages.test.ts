/** The server's own pages, for readers of other languages and for those in a hurry. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openApp, signIn } from "../support/oauthApp.ts"
import { Person } from "../support/pages.ts"
import { startServer, type Server } from "../support/server.ts"
import { registerUser } from "../support/user.ts"

let server: Server
beforeAll(async () => {
  server = await startServer({ RATE_LIMITS: "on", LIMITS: "login.burst=5,login.perSecond=0.01,message.burst=10" })
})
afterAll(() => server.stop())

const open = (path: string, language = "", init: RequestInit = {}) =>
  fetch(server.base + path, { ...init, headers: { "accept-language": language, origin: server.base } })

describe("a page", () => {
  it.each([
    ["he-IL,he;q=0.9,en;q=0.8", "he", "rtl", "כניסה"],
    ["ar", "ar", "rtl", "تسجيل الدخول"],
    ["de, en;q=0.5", "en", "ltr", "Sign in"],
  ])("is in the language that %j asks for", async (header, language, direction, word) => {
    const response = await open("/oauth2/sign-in", header)
    expect(response.headers.get("content-language")).toBe(language)
    expect(response.headers.get("vary")).toContain("accept-language")
    const text = await response.text()
    expect(text).toContain(`<html lang="${language}" dir="${direction}">`)
    expect(text).toContain(word)
  })

  it("says in that language why something was refused, and in a while that it was too often", async () => {
    await registerUser(server, "somebody")
    const send = () =>
      open("/oauth2/sign-in", "he", { method: "POST", body: new URLSearchParams({ user: "nobody", password: "x" }) })
    expect(await (await send()).text()).toContain("שם המשתמש או הסיסמה שגויים")
    const last = (await Promise.all(Array.from({ length: 6 }, send))).find(({ status }) => status === 429)
    expect(last?.headers.get("content-type")).toBe("text/html; charset=utf-8")
    expect(Number(last?.headers.get("retry-after"))).toBeGreaterThan(0)
    expect(await last?.text()).toContain("רגע אחד")
  })

  it("says so too where something else is wrong with the request", async () => {
    const response = await open("/oauth2/sign-in?continue=%00", "ar")
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('<html lang="ar" dir="rtl">')
  })
})

describe("an app's name", () => {
  it("is text on one short line, in the reader's language, with the host that the app leads back to", async () => {
    const unlimited = await startServer()
    const app = await openApp(unlimited)
    const alice = await registerUser(unlimited, "alice")
    const { body } = await app.register({
      client_name: `<b>Bank\u202e\n of\u2028 ${"everything ".repeat(9)}`,
      "client_name#he": "בנק הכול",
    })
    const url = app.authorizeUrl("NAMEDDEVICE", { client_id: String(body["client_id"]) })
    const person = new Person(unlimited.base)
    const asked = await signIn(person, await person.open(url), alice)
    expect(asked.text).toMatch(/Continue to <bdi>&#60;b&#62;Bank of everything [a-z ]{1,20}…<\/bdi>\?/)
    expect(asked.text).toContain("<title>Continue to &#60;b&#62;Bank of")
    expect(asked.text).toMatch(/Leads back to<\/dt>\s*<dd dir="ltr">app\.example</)
    expect((await person.open(url, { "accept-language": "he" })).text).toContain("להמשיך אל <bdi>בנק הכול</bdi>?")
    await unlimited.stop()
  })
})

describe("an authorisation that is begun too often", () => {
  it("is answered with a page, and to apps in JSON", async () => {
    const often = async (path: string, init?: RequestInit) => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => open(path, "ar", init)))
      return answers.find(({ status }) => status === 429)
    }
    const page = await often("/oauth2/authorize?client_id=x")
    expect(await page?.text()).toContain('<html lang="ar" dir="rtl">')
    const answer = await often("/oauth2/token", { method: "POST", body: new URLSearchParams({ grant_type: "x" }) })
    expect(answer?.headers.get("content-type")).toBe("application/json")
  })
})
