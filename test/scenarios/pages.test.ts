/** The sign-in pages in a real browser: they can be used, at any width, in the dark, and from right to left. */
import { createHash, randomBytes } from "node:crypto"
import { join } from "node:path"
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { chromiumPath, openBrowser } from "../support/browser.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, request } from "../support/user.ts"

const terms = { version: "1", en: { name: "Terms of use", url: "https://example.com/terms" } }

/** Pictures of the pages are kept here, for whoever wants to look at them. */
const pictures = process.env["PICTURES"]

describe.runIf(chromiumPath !== "")("somebody with a browser", () => {
  let server: Server
  let browser: Browser
  beforeAll(async () => {
    server = await startServer()
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await server.stop()
  })

  const redirectUri = "https://app.example/callback"
  const verifier = randomBytes(32).toString("base64url")
  const begin = async (prompt?: string) => {
    const client = { client_name: "Example App", client_uri: "https://app.example/", redirect_uris: [redirectUri] }
    const { body } = await request(server.base, "POST", "/oauth2/register", client)
    const query = new URLSearchParams({
      client_id: String(body["client_id"]),
      response_type: "code",
      redirect_uri: redirectUri,
      state: "its state",
      scope: "urn:matrix:client:api:* urn:matrix:client:device:BROWSERDEVICE",
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
      ...(prompt === undefined ? {} : { prompt }),
    })
    return { clientId: String(body["client_id"]), url: `${server.base}/oauth2/authorize?${query}` }
  }

  /** A page whose app is there to be come back to, and which must say nothing on its console. */
  const open = async (options: BrowserContextOptions = {}) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
    await context.route(`${redirectUri}**`, (route) => route.fulfill({ body: "back in the app" }))
    const page = await context.newPage()
    const complaints: Array<string> = []
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()))
    return { page, complaints }
  }

  const look = async (page: Page, name: string) => {
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true })
    const overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    expect(overflow, `${name} must fit its width`).toBe(0)
    const unnamed = await page
      .locator("input:not([type=hidden])")
      .evaluateAll(
        (inputs) =>
          inputs.filter((input) => (Reflect.get(input, "labels") as ReadonlyArray<unknown>).length === 0).length,
      )
    expect(unnamed, `every field of ${name} has a label`).toBe(0)
  }

  it("signs in, agrees, and is back in the app", async () => {
    const alice = await registerUser(server, "alice")
    const { page, complaints } = await open()
    const { clientId, url } = await begin()
    await page.goto(url)
    await look(page, "sign-in")
    await page.getByLabel("User name").fill(alice.userId)
    await page.getByLabel("Password").fill("wrong")
    await page.getByRole("button", { name: "Sign in" }).click()
    await page.getByRole("alert").waitFor()
    await look(page, "sign-in-refused")
    complaints.length = 0 // the browser itself says that the answer was a 403
    await page.getByLabel("Password").fill("correct horse battery staple")
    await page.getByRole("button", { name: "Sign in" }).click()
    await page.getByRole("heading", { name: "Continue to Example App?" }).waitFor()
    await look(page, "consent")
    await page.getByRole("button", { name: "Continue" }).click()
    await page.getByText("back in the app").waitFor()

    const code = new URL(page.url()).searchParams.get("code") ?? ""
    const form = { grant_type: "authorization_code", code, code_verifier: verifier, redirect_uri: redirectUri }
    const response = await fetch(`${server.base}/oauth2/token`, {
      method: "POST",
      body: new URLSearchParams({ ...form, client_id: clientId }),
    })
    const tokens = await response.json()
    expect(tokens).toMatchObject({ access_token: expect.any(String) as string })
    expect(complaints).toEqual([])
  })

  it("makes an account on a small screen, in the dark", async () => {
    const { page, complaints } = await open({ viewport: { width: 320, height: 640 }, colorScheme: "dark" })
    await page.goto((await begin("create")).url)
    await look(page, "sign-up-narrow-dark")
    await page.getByLabel("User name").fill("omar")
    await page.getByLabel("Password").fill("correct horse battery")
    await page.getByRole("button", { name: "Create account" }).click()
    await page.getByRole("heading", { name: "Continue to Example App?" }).waitFor()
    await look(page, "consent-narrow-dark")
    expect(complaints).toEqual([])
  })

  it.each([
    ["he-IL", "יצירת חשבון", "סיסמה", "להמשיך אל Example App?"],
    ["ar-EG", "إنشاء الحساب", "كلمة المرور", "المتابعة إلى Example App؟"],
  ])("reads it all in their own language, as in %s", async (locale, create, password, question) => {
    const { page, complaints } = await open({ locale, viewport: { width: 320, height: 640 } })
    await page.goto((await begin("create")).url)
    await look(page, `sign-up-${locale}`)
    await page.locator("[name=user]").fill(`reader-${locale.toLowerCase()}`)
    await page.getByLabel(password).fill("correct horse battery")
    await page.getByRole("button", { name: create }).click()
    await page.getByRole("heading", { name: question }).waitFor()
    await look(page, `consent-${locale}`)
    expect(await page.title()).toBe(question)
    await page.goto(`${server.base}/oauth2/account`)
    await look(page, `account-${locale}`)
    expect(complaints).toEqual([])
  })

  it("passes a stage in a window that an app has opened, and the app hears of it", async () => {
    const strict = await startServer({ TERMS: JSON.stringify({ terms }) })
    await registerUser(strict, "owner")
    const { body } = await request(strict.base, "POST", "/_matrix/client/v3/register", {
      username: "x",
      password: "y".repeat(9),
    })
    const { page, complaints } = await open()
    await page.goto(`${redirectUri}/app`)
    const url = `${strict.base}/_matrix/client/v3/auth/m.login.terms/fallback/web?session=${String(body["session"])}`
    const opened = page.waitForEvent("popup")
    const heard = page.evaluate(
      `new Promise((resolve) => { onmessage = ({ data }) => resolve(data); open(${JSON.stringify(url)}) })`,
    )
    const popup = await opened
    await look(popup, "stage-terms")
    await popup.getByLabel("I agree.").check()
    await popup.getByRole("button", { name: "Continue" }).click()
    expect(await heard).toBe("authDone")
    await look(popup, "stage-done")
    expect(complaints).toEqual([])
    await strict.stop()
  })

  it("looks after the account, with names from right to left", async () => {
    const noa = await registerUser(server, "noa")
    const { page, complaints } = await open()
    await page.goto(`${server.base}/oauth2/account`)
    await page.getByLabel("User name").fill(noa.userId)
    await page.getByLabel("Password").fill("correct horse battery staple")
    await page.keyboard.press("Enter")
    await page.getByLabel("Your name, as others see it").fill("נועה כהן")
    await page.getByRole("button", { name: "Save" }).click()
    await noa.ask("PUT", "/v3/devices/" + String((await noa.ask("GET", "/v3/account/whoami"))["device_id"]), {
      display_name: "הטלפון של נועה",
    })
    await page.reload()
    await look(page, "account")
    await page.setViewportSize({ width: 320, height: 640 })
    await look(page, "account-narrow")
    await page.emulateMedia({ colorScheme: "dark" })
    await look(page, "account-narrow-dark")
    await page.evaluate("document.documentElement.dir = 'rtl'")
    await look(page, "account-narrow-rtl")
    await page.emulateMedia({ colorScheme: "light" })
    await page.getByRole("link", { name: /Details of/ }).click()
    await look(page, "device")
    await page.getByRole("button", { name: "Sign this device out" }).click()
    await page.getByText("You are signed in nowhere else.").waitFor()
    for (const [link, heading] of [
      ["Reset", "Reset your encryption identity?"],
      ["Deactivate", "Deactivate your account?"],
    ] as const) {
      await page.getByRole("link", { name: link }).click()
      await page.getByRole("heading", { name: heading }).waitFor()
      await look(page, link.toLowerCase())
      await page.getByRole("link", { name: "Back to your account" }).click()
    }
    expect(complaints).toEqual([])
  })

  it("connects a device by its code, from the link that it shows", async () => {
    const { clientId } = await begin()
    const scope = "urn:matrix:client:api:* urn:matrix:client:device:TELEVISION"
    await registerUser(server, "dana")
    const metadata = {
      client_name: "TV",
      client_uri: "https://tv.example/",
      grant_types: ["urn:ietf:params:oauth:grant-type:device_code"],
    }
    const { body } = await request(server.base, "POST", "/oauth2/register", metadata)
    expect(body["client_id"]).not.toBe(clientId)
    const response = await fetch(`${server.base}/oauth2/device_authorization`, {
      method: "POST",
      body: new URLSearchParams({ client_id: String(body["client_id"]), scope }),
    })
    const begun = (await response.json()) as Readonly<Record<string, string>>
    const { page, complaints } = await open()
    await page.goto(`${server.base}/oauth2/device`)
    await look(page, "device-code")
    await page.goto(begun["verification_uri_complete"]!)
    await page.getByRole("heading", { name: "Is this your device?" }).waitFor()
    await look(page, "device-confirm")
    await page.getByRole("button", { name: "It is mine" }).click()
    await page.getByRole("heading", { name: "Sign in" }).waitFor()
    expect(complaints).toEqual([])
  })
})
