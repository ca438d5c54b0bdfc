import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { buildWeb, chromiumPath, openAs, openBrowser, webDir } from "../support/browser.ts"
import { hostileHtml } from "../support/hostileHtml.ts"
import { type Server, startServer } from "../support/server.ts"
import { systemOf } from "../support/business.ts"
import { registerUser, type User } from "../support/user.ts"

describe.runIf(chromiumPath !== "")("writing and what is written", () => {
  let server: Server
  let browser: Browser
  let dana: User
  let omar: User
  let room: string
  const message = (page: Page, text: string) => page.getByRole("article").filter({ hasText: text })
  /** The newest events of the room that say something. */
  const said = async (count: number): Promise<ReadonlyArray<Said>> => {
    const path = `/v3/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=${count}`
    const { chunk } = await omar.ask<{ chunk: ReadonlyArray<{ type: string; content: Said }> }>("GET", path)
    return chunk.filter(({ type }) => type === "m.room.message").map(({ content }) => content)
  }
  const open = async (page: Page, roomId: string) => {
    await page.goto(`${server.base}/#/c/${encodeURIComponent(roomId)}`)
    await page.locator("textarea").waitFor()
  }

  beforeAll(async () => {
    buildWeb()
    server = await startServer({ WEB_DIR: webDir })
    browser = await openBrowser()
    dana = await registerUser(server, "dana")
    omar = await registerUser(server, "omar")
    await omar.call("PUT", `/v3/profile/${encodeURIComponent(omar.userId)}/displayname`, { displayname: "Omar Haddad" })
    room = await dana.createRoom({ name: "Harbour", preset: "private_chat", invite: [omar.userId] })
    await omar.join(room)
  }, 120_000)
  afterAll(async () => {
    await browser.close()
    await server.stop()
  })

  it("runs nothing and loads nothing of what others send as HTML", async () => {
    const trap = await dana.createRoom({ name: "Trap" })
    for (const html of hostileHtml) {
      const format = { format: "org.matrix.custom.html", formatted_body: html }
      await dana.send(trap, { msgtype: "m.text", body: "plain", ...format })
    }
    await dana.say(trap, "that was all")
    const page = await openAs(browser, server.base, dana)
    const asked: Array<string> = []
    page.on("request", (made) => asked.push(made.url()))
    const dialogs: Array<string> = []
    page.on("dialog", (dialog) => void dialog.dismiss().then(() => dialogs.push(dialog.message())))
    await open(page, trap)
    await page.getByRole("article").filter({ hasText: "that was all" }).waitFor()

    const found = new Map<string, Shown>()
    for (let step = 0; step < 60 && found.size < hostileHtml.length; step++) {
      for (const one of await page.locator(".rich").evaluateAll(look)) found.set(one.key, one)
      await page.getByRole("feed").press("PageUp")
    }
    const all = [...found.values()]
    expect(all).toHaveLength(hostileHtml.length)
    const tags =
      "a b strong i em u s del sup sub code span p div pre hr br ul ol li table tbody thead tr th td details summary bdi button"
    expect(new Set(all.flatMap((one) => one.tags)).difference(new Set(tags.split(" ")))).toEqual(new Set())
    const attributes = "href target rel title dir class hidden aria-expanded tabindex start"
    expect(new Set(all.flatMap((one) => one.attributes)).difference(new Set(attributes.split(" ")))).toEqual(new Set())
    const links = all.flatMap((one) => one.links)
    expect(links.filter((link) => !/^https:\/\/\S+ noreferrer noopener$/.test(link))).toEqual([])
    expect(all.filter(({ text }) => /[\u202d\u202e]/.test(text))).toEqual([])
    expect(await page.evaluate(() => Reflect.get(globalThis, "pwned"))).toBeUndefined()
    expect(dialogs).toEqual([])
    expect(asked.filter((url) => url.includes("pwned") || !url.startsWith(server.base))).toEqual([])
    await page.context().close()
  })

  it("formats what is written, and means whom and what is picked", async () => {
    const crm = await systemOf(server, dana, ["records:write"])
    const invoice = { number: "INV-1042", title: "Harbour crane", status: "open", statusKind: "open", version: 1 }
    await crm.ask("PUT", "/records/invoice/7", { ...invoice, occurredAt: "2026-05-03T12:10:00Z" })
    const page = await openAs(browser, server.base, dana)
    await open(page, room)
    const field = page.locator("textarea")
    await field.pressSequentially("Ask @om")
    await page.getByRole("option", { name: "Omar Haddad" }).waitFor()
    expect(await field.getAttribute("aria-activedescendant")).toBe(
      await page.getByRole("option", { selected: true }).getAttribute("id"),
    )
    await field.press("Enter")
    await field.pressSequentially("about #crane")
    await page.getByRole("option", { name: "INV-1042" }).waitFor()
    await field.press("Tab")
    await field.pressSequentially(":heart_ey")
    await page.getByRole("option").first().waitFor()
    await field.press("Enter")
    await field.pressSequentially("**today**")
    expect(await field.inputValue()).toBe("Ask @Omar Haddad about #INV-1042 😍 **today**")
    await field.press("Enter")
    await message(page, "about #INV-1042").locator("strong").waitFor()
    await message(page, "about").locator(".pill").getByText("@Omar Haddad").waitFor()
    await expect
      .poll(() => said(1), patient)
      .toMatchObject([
        {
          body: "Ask @Omar Haddad about #INV-1042 😍 **today**",
          "m.mentions": { user_ids: [omar.userId] },
          "com.biz1.records": [{ type: "invoice", id: "7" }],
        },
      ])

    await field.pressSequentially("/sh")
    await page.getByRole("option", { name: "/shrug" }).waitFor()
    await field.press("Enter")
    await field.pressSequentially("no idea")
    await field.press("Enter")
    await message(page, "no idea ¯\\_(ツ)_/¯").waitFor()
    await field.pressSequentially("12:30 is :no")
    await page.getByRole("option").first().waitFor()
    await field.press("Escape")
    await field.press("Enter")
    await message(page, "12:30 is :no").waitFor()
    await page.context().close()
  })

  it("offers every emoji by keyboard, in the reader's words, from nowhere else", async () => {
    const page = await openAs(browser, server.base, dana)
    await open(page, room)
    const asked: Array<string> = []
    page.on("request", (made) => asked.push(made.url()))
    await page.getByRole("button", { name: "Emoji" }).press("Enter")
    await page.getByRole("searchbox", { name: "Search emoji" }).fill("קפה")
    await page.keyboard.press("Enter")
    await expect.poll(() => page.locator("textarea").inputValue(), patient).toMatch(/^☕/)
    await page.keyboard.type(" please")
    expect(await page.locator("textarea").inputValue()).toMatch(/^☕\ufe0f? please$/)
    await page.getByRole("button", { name: "Emoji" }).press("Enter")
    await page.getByRole("region", { name: "Used lately" }).waitFor()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect.poll(() => page.locator("textarea").inputValue(), patient).toMatch(/please☕/)
    await page.locator("textarea").fill("")
    expect(asked.filter((url) => !url.startsWith(server.base))).toEqual([])
    await page.context().close()
  })

  it("leaves Enter to an input method, and to a new line where the writer wants it so", async () => {
    const page = await openAs(browser, server.base, dana)
    await open(page, room)
    const field = page.locator("textarea")
    await field.fill("こんにちは")
    await field.dispatchEvent("keydown", { key: "Enter", isComposing: true })
    await field.press("Shift+Enter")
    expect(await field.inputValue()).toBe("こんにちは\n")
    await page.evaluate(() => localStorage.setItem("biz1.settings", JSON.stringify({ enterSends: false })))
    await field.fill("")
    await page.reload()
    await field.fill("first")
    await field.press("Enter")
    await field.pressSequentially("second")
    expect(await field.inputValue()).toBe("first\nsecond")
    await field.press("Control+Enter")
    await message(page, "second").waitFor()
    expect((await said(20)).filter(({ body }) => body.includes("こんにちは"))).toEqual([])
    await page.context().close()
  })

  it("keeps what is begun here and on the other device", async () => {
    const here = await openAs(browser, server.base, dana)
    const there = await openAs(browser, server.base, dana)
    await open(here, room)
    await message(here, "no idea").hover()
    await message(here, "no idea").getByRole("button", { name: "Reply" }).click()
    await here.locator("textarea").pressSequentially("I will ask **her**")
    await there.getByText("Draft: I will ask **her**").first().waitFor()
    await open(there, room)
    expect(await there.locator("textarea").inputValue()).toBe("I will ask **her**")
    await there.getByText("Replying to").waitFor()

    await here.reload()
    await expect.poll(() => here.locator("textarea").inputValue(), patient).toBe("I will ask **her**")
    await there.locator("textarea").press("Enter")
    await message(there, "I will ask her").waitFor()
    await expect.poll(() => here.locator("textarea").inputValue(), patient).toBe("")
    await here.context().close()
    await there.context().close()
  })

  it("sends what waited once, in its order, though the page was loaded again without a connection", async () => {
    const page = await openAs(browser, server.base, dana)
    await open(page, room)
    await page.context().route("**/_matrix/**", (route) => route.abort())
    await page.locator("input[type=file]").setInputFiles({
      name: "plan.txt",
      mimeType: "text/plain",
      buffer: Buffer.from("plan"),
    })
    await page.locator("textarea").fill("the plan")
    await page.locator("textarea").press("Enter")
    await page.locator("textarea").fill("and what I think of it")
    await page.locator("textarea").press("Enter")
    await page.getByRole("listitem").filter({ hasText: "and what I think of it" }).waitFor()
    await page.reload()
    await page.context().unroute("**/_matrix/**")
    await message(page, "and what I think of it").waitFor()
    await expect
      .poll(async () => (await said(4)).map(({ body }) => body).slice(0, 2), patient)
      .toEqual(["and what I think of it", "the plan"])
    expect((await said(20)).filter(({ body }) => body === "the plan")).toHaveLength(1)
    await page.context().close()
  })

  it("says why a message was refused, also after a reload, and what can be done", async () => {
    const page = await openAs(browser, server.base, dana)
    await open(page, room)
    await message(page, "12:30 is :no").hover()
    await message(page, "12:30 is :no").getByRole("button", { name: "Reply" }).click()
    const refusal = { errcode: "M_FORBIDDEN", error: "The harbour is closed" }
    await page.context().route("**/send/m.room.message/**", (route) => route.fulfill({ status: 403, json: refusal }))
    await page.locator("textarea").fill("anybody **there**?")
    await page.locator("textarea").press("Enter")
    const refused = message(page, "anybody there?").last()
    await refused.getByText("Not sent. The harbour is closed").waitFor()
    await page.reload()
    await refused.getByText("Not sent. The harbour is closed").waitFor()
    expect(await refused.getByRole("button", { name: "Copy text" }).isVisible()).toBe(true)
    await page.context().unroute("**/send/m.room.message/**")

    await refused.getByRole("button", { name: "Edit" }).click()
    await expect.poll(() => page.locator("textarea").inputValue(), patient).toBe("anybody **there**?")
    await page.getByText("Replying to").waitFor()
    expect(await message(page, "anybody there?").count()).toBe(0)
    await page.locator("textarea").fill("anybody at all?")
    await page.locator("textarea").press("Enter")
    await expect
      .poll(async () => (await said(1))[0], patient)
      .toMatchObject({
        body: "anybody at all?",
        "m.relates_to": { "m.in_reply_to": {} },
      })
    await page.context().close()
  })

  it("keeps a file that was refused until it is sent after all, and lets what follows it pass", async () => {
    const page = await openAs(browser, server.base, dana)
    await open(page, room)
    const refusal = { errcode: "M_FORBIDDEN", error: "No room for it" }
    await page.context().route("**/media/**/upload*", (route) => route.fulfill({ status: 403, json: refusal }))
    const file = { name: "map.txt", mimeType: "text/plain", buffer: Buffer.from("map") }
    await page.locator("input[type=file]").setInputFiles(file)
    await page.locator("textarea").fill("the map")
    await page.locator("textarea").press("Enter")
    const card = page.getByRole("listitem").filter({ hasText: "map.txt" })
    await card.getByRole("alert").getByText("Not sent. No room for it").waitFor()
    await page.locator("textarea").fill("meanwhile")
    await page.locator("textarea").press("Enter")
    await message(page, "meanwhile").waitFor()
    await page.context().unroute("**/media/**/upload*")
    await card.getByRole("button", { name: "Retry" }).click()
    await message(page, "the map").waitFor()
    await card.waitFor({ state: "detached" })
    await expect.poll(async () => (await said(1))[0], patient).toMatchObject({ body: "the map", filename: "map.txt" })
    await page.context().close()
  })

  it("asks once before more people read than did", async () => {
    const page = await openAs(browser, server.base, dana)
    await open(page, room)
    await page.getByText("Visible to", { exact: false }).getByText("Omar Haddad").waitFor()
    await page.locator("textarea").fill("between us")
    await page.locator("textarea").press("Enter")
    await message(page, "between us").waitFor()
    const eve = await registerUser(server, "eve")
    await dana.ask("POST", `/v3/rooms/${encodeURIComponent(room)}/invite`, { user_id: eve.userId })
    await eve.join(room)
    await page.getByText("3 members").first().waitFor()
    await page.locator("textarea").fill("the price is 70")
    await page.locator("textarea").press("Enter")
    await page.getByRole("alert").filter({ hasText: "New here since your last message" }).waitFor()
    expect(await page.locator("textarea").inputValue()).toBe("the price is 70")
    expect(await message(page, "the price is 70").count()).toBe(0)
    await page.locator("textarea").press("Enter")
    await message(page, "the price is 70").waitFor()
    await page.locator("textarea").fill("per tonne")
    await page.locator("textarea").press("Enter")
    await message(page, "per tonne").waitFor()
    await page.context().close()
  })

  it("says where the team is among itself", async () => {
    const crm = await systemOf(server, dana, ["records:write", "conversations:write"])
    const people = [dana, omar].map(({ userId }) => ({ user: userId, role: "member" }))
    const project = { title: "Apollo", status: "active", statusKind: "open", version: 1, people }
    await crm.ask("PUT", "/records/project/apollo", { ...project, occurredAt: "2026-11-01T10:00:00Z" })
    const about = { kind: "project", record: { type: "project", id: "apollo" } }
    const { id, lanes } = await crm.ask<Opened>("POST", "/conversations", about)
    const page = await openAs(browser, server.base, dana)
    await open(page, lanes[0]!.roomId)
    await page.getByText("Team only").waitFor()
    await page.locator("textarea").fill("not for the customer")
    await page.getByRole("button", { name: "Send to the team" }).click()
    await message(page, "not for the customer").waitFor()
    await page.locator("textarea").press("Control+Shift+KeyL")
    await expect.poll(() => page.url(), patient).toContain(encodeURIComponent(id))
    // The user that owns the room for the service reads nothing.
    await page.getByText(/^Visible to .*Omar Haddad.{0,1}$/).waitFor()
    expect(await page.getByText("Team only").count()).toBe(0)
    await page.getByRole("link", { name: "Note" }).click()
    await page.getByText("Team only").waitFor()
    await page.context().close()
  })

  it("takes back what was sent, for as long as its writer has asked for", async () => {
    const page = await openAs(browser, server.base, dana)
    await page.evaluate(() => localStorage.setItem("biz1.settings", JSON.stringify({ undoSeconds: 10 })))
    await page.reload()
    await open(page, room)
    await page.locator("textarea").fill("not like **this**")
    await page.locator("textarea").press("Enter")
    await page.getByText(/Sending in \d+ seconds/).waitFor()
    await page.getByRole("button", { name: "Undo" }).click()
    expect(await page.locator("textarea").inputValue()).toBe("not like **this**")
    expect((await said(20)).filter(({ body }) => body.startsWith("not like"))).toEqual([])
    await page.context().close()
  })

  it("has the server send later, and calls it off", async () => {
    const page = await openAs(browser, server.base, dana)
    await open(page, room)
    for (const text of ["good morning", "never mind"]) {
      await page.locator("textarea").fill(text)
      await page.getByRole("button", { name: "Send later" }).click()
      await page.getByRole("menuitem", { name: /Tomorrow/ }).click()
      await expect.poll(() => page.locator("textarea").inputValue(), patient).toBe("")
    }
    await page.getByRole("button", { name: "2 messages will be sent later" }).click()
    await page.getByRole("listitem").filter({ hasText: "never mind" }).getByRole("button").click()
    await page.getByRole("button", { name: "1 message will be sent later" }).waitFor()
    const waiting = await dana.ask<{ delayed_events: ReadonlyArray<{ content: Said }> }>(
      "GET",
      "/unstable/org.matrix.msc4140/delayed_events",
    )
    expect(waiting.delayed_events.map(({ content }) => content.body)).toEqual(["good morning"])
    await page.context().close()
  })

  it("sends what is spoken as a voice message", async () => {
    const page = await openAs(browser, server.base, dana)
    await open(page, room)
    await page.getByRole("button", { name: "Record a voice message" }).click()
    await page.getByText("0:01").waitFor()
    await page.getByRole("button", { name: "Stop recording" }).click()
    await page.getByRole("button", { name: "Listen" }).waitFor()
    await page.getByRole("button", { name: "Send" }).click()
    const voice = { msgtype: "m.audio", "org.matrix.msc3245.voice": {} }
    await expect.poll(async () => (await said(1))[0], patient).toMatchObject(voice)
    const [sent] = await omar
      .ask<{ chunk: ReadonlyArray<{ content: Spoken }> }>(
        "GET",
        `/v3/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=1`,
      )
      .then(({ chunk }) => chunk.map(({ content }) => content))
    expect(sent?.info.duration).toBeGreaterThanOrEqual(1_000)
    const { waveform } = sent?.["org.matrix.msc1767.audio"] ?? { waveform: [] }
    expect(waveform.length).toBeGreaterThan(10)
    expect(Math.max(...waveform)).toBe(1024)
    const file = await fetch(`${server.base}/_matrix/client/v1/media/download/${sent?.url.slice("mxc://".length)}`, {
      headers: { authorization: `Bearer ${omar.token}` },
    })
    expect(file.status).toBe(200)
    expect(Number(file.headers.get("content-length"))).toBeGreaterThan(1_000)

    await page.getByRole("button", { name: "Record a voice message" }).click()
    await page.getByText("0:01").waitFor()
    await page.getByRole("button", { name: "Throw the recording away" }).click()
    await page.locator("textarea").waitFor()
    await page.context().close()
  })
})

const patient = { timeout: 20_000 }

interface Spoken {
  readonly url: string
  readonly info: { readonly duration: number }
  readonly "org.matrix.msc1767.audio": { readonly waveform: ReadonlyArray<number> }
}

interface Opened {
  readonly id: string
  readonly lanes: ReadonlyArray<{ readonly roomId: string }>
}

interface Said {
  readonly body: string
}

interface Shown {
  readonly key: string
  readonly text: string
  readonly tags: ReadonlyArray<string>
  readonly attributes: ReadonlyArray<string>
  readonly links: ReadonlyArray<string>
}

/** As much of an element as is looked at. */
interface Looked {
  readonly localName: string
  readonly textContent: string
  readonly href?: string
  readonly rel?: string
  readonly getAttribute: (name: string) => string | null
  readonly getAttributeNames: () => ReadonlyArray<string>
  readonly querySelectorAll: (selector: string) => Iterable<Looked>
  readonly closest: (selector: string) => Looked | null
}

/** What the page made of each message. Runs in the browser. */
const look = (shown: ReadonlyArray<Looked>): ReadonlyArray<Shown> =>
  shown.map((one) => {
    const inside = [...one.querySelectorAll("*")]
    return {
      key: one.closest("article")?.getAttribute("data-key") ?? "",
      text: one.textContent,
      tags: inside.map(({ localName }) => localName),
      attributes: inside.flatMap((each) => each.getAttributeNames()),
      links: [...one.querySelectorAll("a")].map(({ href, rel }) => `${href} ${rel}`),
    }
  })
