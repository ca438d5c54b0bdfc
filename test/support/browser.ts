/** Real Chromium, for what people see. */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { type Browser, chromium, type Page } from "playwright-core"

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
