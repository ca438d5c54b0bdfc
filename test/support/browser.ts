/** Real Chromium, for what people see. */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core"
import type { User } from "./user.ts"

const root = join(import.meta.dirname, "../..")
export const webDir = join(root, "web/dist")

/** Builds the web client where its sources have changed since the last time. */
export const buildWeb = () => {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/build.mjs", "web"], { cwd: root, encoding: "utf8" })
  if (status !== 0) throw new Error(`The web client does not build: ${stderr}`)
}

/** Set by `npm test`, empty where there is no Chromium. */
export const chromiumPath = process.env["CHROMIUM"] ?? ""

export const openBrowser = () =>
  chromium.launch({
    executablePath: chromiumPath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // A microphone that beeps, and nobody to ask for it.
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
    ],
  })

/** Somebody with a browser of their own, who has just made an account. */
export const signUp = async (browser: Browser, base: string, name: string): Promise<Page> => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB" })
  const page = await context.newPage()
  await page.goto(base)
  await page.getByRole("button", { name: "Create account" }).click()
  await page.getByLabel(/user name/i).fill(name)
  for (const field of await page.locator("input[type=password]").all()) await field.fill("correct horse battery")
  await page.getByRole("button", { name: "Create account" }).first().click()
  await page.getByRole("button", { name: "New conversation" }).first().waitFor()
  return page
}

/** Writes into the open conversation and waits until the message stands there. */
export const say = async (page: Page, text: string) => {
  await page.locator("textarea").fill(text)
  await page.keyboard.press("Enter")
  await page.getByRole("article").filter({ hasText: text }).waitFor()
}

/** A browser in which somebody who has an account is signed in already. */
export const openAs = async (browser: Browser, base: string, user: User, options: BrowserContextOptions = {}) => {
  const { device_id: deviceId } = await user.ask("GET", "/v3/account/whoami")
  const session = { baseUrl: base, userId: user.userId, deviceId, accessToken: user.token }
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", ...options })
  // Only where there is nothing yet: what the page forgets stays forgotten when it loads again.
  await context.addInitScript(
    ([kept]) => {
      if (sessionStorage.getItem("begun") === null) localStorage.setItem("biz1.session", kept ?? "")
      sessionStorage.setItem("begun", "yes")
    },
    [JSON.stringify(session)],
  )
  const page = await context.newPage()
  await page.goto(base)
  await page.getByRole("button", { name: "New conversation" }).first().waitFor()
  return page
}
