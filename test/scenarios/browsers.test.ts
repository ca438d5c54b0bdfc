import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { buildWeb, chromiumPath, openBrowser, say, signUp, webDir } from "../support/browser.ts"
import { type Server, startServer } from "../support/server.ts"

describe.runIf(chromiumPath !== "")("two people in two browsers", () => {
  let server: Server
  let browser: Browser
  let dana: Page
  let omar: Page
  const message = (page: Page, text: string) => page.getByRole("article").filter({ hasText: text })

  beforeAll(async () => {
    buildWeb()
    server = await startServer({ WEB_DIR: webDir })
    browser = await openBrowser()
    dana = await signUp(browser, server.base, "dana")
    omar = await signUp(browser, server.base, "omar")
  }, 120_000)
  afterAll(async () => {
    await browser.close()
    await server.stop()
  })

  it("find each other, are invited and talk in real time", async () => {
    await dana.getByRole("button", { name: "New conversation" }).first().click()
    await dana.getByLabel("Name or user ID").fill("omar")
    await dana.getByRole("dialog").getByText("omar", { exact: true }).first().click()
    await dana.getByRole("button", { name: "Start conversation" }).click()
    await say(dana, "Has Acme paid the invoice?")

    await omar.getByText("dana invites you").first().click()
    await omar.getByRole("button", { name: "Accept" }).click()
    await message(omar, "Has Acme paid the invoice?").waitFor()
    await say(omar, "Yes, yesterday.")
    await message(dana, "Yes, yesterday.").waitFor()
    expect(await message(dana, "Yes, yesterday.").count()).toBe(1)
  })

  it("see that the other is typing and has read", async () => {
    await omar.locator("textarea").pressSequentially("Also")
    await dana.getByText("omar is typing").first().waitFor()
    await omar.locator("textarea").fill("")
    const read = message(dana, "Has Acme paid").getByLabel(/read/i).first()
    await read.waitFor()
    expect(await read.isVisible()).toBe(true)
  })

  it("are told of what they have not read, until they read it", async () => {
    await omar.getByRole("button", { name: "Close" }).first().click()
    await say(dana, "The contract is here, too.")
    await omar.getByText("1 unread message").first().waitFor({ state: "attached" })
    expect(await omar.title()).toContain("1")
    await omar.getByText("The contract is here, too.").first().click()
    await message(omar, "The contract is here, too.").waitFor()
    await omar.getByText("1 unread message").first().waitFor({ state: "detached" })
  })

  it("send files, which the other can see", async () => {
    const pixel = Buffer.from(
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
      "base64",
    )
    const [chooser] = await Promise.all([
      dana.waitForEvent("filechooser"),
      dana
        .getByRole("button", { name: /attach/i })
        .first()
        .click(),
    ])
    await chooser.setFiles([{ name: "receipt.png", mimeType: "image/png", buffer: pixel }])
    await dana.getByRole("button", { name: /^send/i }).last().click()
    const image = omar.getByRole("article").locator("img").last()
    await image.waitFor()
    await expect
      .poll(() => image.evaluate((element) => Number(Reflect.get(element, "naturalWidth"))))
      .toBeGreaterThan(0)
  })

  it("find everything again after the server was killed and started", async () => {
    await server.crash()
    await omar.reload()
    await message(omar, "Yes, yesterday.").waitFor()
    await message(omar, "The contract is here, too.").waitFor()
    await say(omar, "Still here.")
    await message(dana, "Still here.").waitFor({ timeout: 60_000 })
    expect(await message(dana, "Still here.").count()).toBe(1)
  })
})
