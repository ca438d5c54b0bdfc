/** The list of conversations, the quick switch and the small windows, by hand and by keyboard in a real browser. */
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { buildWeb, chromiumPath, openBrowser, say, signUp, webDir } from "../support/browser.ts"
import { type System, systemOf } from "../support/business.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

describe.runIf(chromiumPath !== "")("the list of conversations", () => {
  let server: Server
  let browser: Browser
  let owner: User
  let crm: System
  let dana: Page
  const danaId = "@dana:test.example"
  const row = (name: string) => dana.locator("[data-room]").filter({ hasText: name }).first()
  const heading = (name: string) => dana.getByRole("heading", { level: 1, name })
  const openSwitch = async (text: string) => {
    await dana.keyboard.press("Control+k")
    await dana.getByRole("combobox").fill(text)
  }
  const option = (name: string) => dana.getByRole("option").filter({ hasText: name }).first()

  beforeAll(async () => {
    buildWeb()
    server = await startServer({ WEB_DIR: webDir })
    browser = await openBrowser()
    owner = await registerUser(server, "owner")
    dana = await signUp(browser, server.base, "dana")
    crm = await systemOf(server, owner, ["records:read", "records:write", "conversations:read", "conversations:write"])
    const people = [{ user: danaId, role: "account manager" }]
    const record = { statusKind: "open", version: 1, occurredAt: "2026-11-01T10:00:00Z", people }
    await crm.ask("PUT", "/records/customer/acme", { ...record, number: "C-17", title: "Acme", status: "active" })
    await crm.ask("PUT", "/records/invoice/1042", { ...record, number: "INV-1042", title: "May", status: "overdue" })
    for (const name of ["Harbour", "Lunch"]) {
      const roomId = await owner.createRoom({ name, preset: "private_chat", invite: [danaId] })
      await owner.say(roomId, `Welcome to ${name}`)
      await dana.getByText(`owner1 invites you`).first().click()
      await dana.getByRole("button", { name: "Accept" }).click()
      await dana
        .getByRole("article")
        .filter({ hasText: `Welcome to ${name}` })
        .waitFor()
    }
  }, 120_000)
  afterAll(async () => {
    await browser.close()
    await server.stop()
  })

  it("is searched from anywhere, and begins what is not there yet, by keys alone", async () => {
    await openSwitch("acme")
    await option("C-17").waitFor()
    await dana.keyboard.press("Enter")
    await heading("Acme").waitFor()
    await openSwitch("harb")
    await option("Harbour").waitFor()
    await dana.keyboard.press("Enter")
    await heading("Harbour").waitFor()
    await expect.poll(() => dana.evaluate<string>("document.activeElement.tagName")).toBe("TEXTAREA")
    await openSwitch(">dark")
    await dana.keyboard.press("Enter")
    await expect.poll(() => dana.locator("html").getAttribute("data-theme")).toBe("dark")
  })

  it("shows customers apart, with the records that they are about", async () => {
    await dana.getByRole("button", { name: "Customers" }).click()
    await row("Acme").click()
    await dana.getByRole("button", { name: "C-17 · active" }).waitFor()
    const roomId = decodeURIComponent(new URL(dana.url()).hash.slice("#/c/".length))
    await crm.ask("PUT", `/records/invoice/1042/links/${encodeURIComponent(roomId)}`, { role: "related" })
    await dana.getByRole("button", { name: "INV-1042 · overdue" }).waitFor()
    expect(await row("Harbour").count()).toBe(0)
    await dana.getByRole("button", { name: "All", exact: true }).click()
    await row("Harbour").waitFor()
  })

  it("pins, mutes and marks by the menu of a row", async () => {
    const choose = async (name: string, role: "menuitem" | "menuitemradio" = "menuitem") => {
      await row("Lunch").click({ button: "right" })
      await dana.getByRole(role, { name }).click()
    }
    await choose("Pin")
    await row("Lunch").getByRole("img", { name: "Pinned" }).waitFor()
    await choose("Nothing (muted)", "menuitemradio")
    await row("Lunch").getByRole("img", { name: "Nothing (muted)" }).waitFor()
    await choose("Mark as unread")
    const marks = () => row("Lunch").getByText("Unread", { exact: true }).count()
    await expect.poll(marks).toBeGreaterThan(0)
    await choose("Mark as read")
    await expect.poll(marks).toBe(0)
  })

  it("is walked by keys, and so are the parts of the page", async () => {
    await row("Harbour").click()
    await dana.getByRole("main").locator("textarea:focus").waitFor()
    await row("Harbour").focus()
    const region = () =>
      dana.evaluate<string>("document.activeElement.closest('nav, header, footer, [role=feed]').tagName")
    const walked = [await region()]
    for (let step = 0; step < 4; step += 1) {
      await dana.keyboard.press("F6")
      walked.push(await region())
    }
    expect(walked).toEqual(["NAV", "HEADER", "DIV", "FOOTER", "NAV"])
    const before = await dana.locator("h1").textContent()
    await dana.keyboard.press("Alt+ArrowUp")
    await expect.poll(() => dana.locator("h1").textContent()).not.toBe(before)
    await dana.keyboard.press("Control+/")
    await dana.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor()
    await dana.keyboard.press("Escape")
  })

  it("keeps minimised conversations at hand, in windows that work beside another one", async () => {
    await row("Harbour").click()
    await heading("Harbour").waitFor()
    await dana.getByRole("button", { name: "Minimise" }).click()
    await row("Acme").click()
    await heading("Acme").waitFor()
    const dock = dana.getByRole("complementary", { name: "Small windows" })
    await dock.getByRole("button", { name: "Harbour", exact: true }).click()
    await dana.keyboard.type("On my way")
    await dana.keyboard.press("Enter")
    await dock.getByRole("article").filter({ hasText: "On my way" }).waitFor()
    await heading("Acme").waitFor()
    await dana.reload()
    await dock.getByRole("article").filter({ hasText: "On my way" }).waitFor()
    await dock.getByRole("button", { name: "Close conversation" }).click()
    await expect.poll(() => dock.getByRole("article").count()).toBe(0)
    await row("Harbour").click()
    await say(dana, "Here again")
  })
})
