import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { buildWeb, chromiumPath, openAs, openBrowser, webDir } from "../support/browser.ts"
import { hostileHtml } from "../support/hostileHtml.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

describe.runIf(chromiumPath !== "")("writing and what is written", () => {
  let server: Server
  let browser: Browser
  let dana: User
  let omar: User
  let room: string
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
})

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
