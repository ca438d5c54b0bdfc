/** What other systems are told: the feed, read along or pushed, whatever happens to them and to the server. */
import { createHmac } from "node:crypto"
import { createServer, type Server as HttpServer } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type System, systemOf, systemWith } from "../support/business.ts"
import { type Server, startServer } from "../support/server.ts"
import { registerUser, type User } from "../support/user.ts"

/** How often the server is killed while a receiver misbehaves. */
const rounds = Number(process.env["CRASH_ROUNDS"] ?? 3)

interface FeedEvent {
  readonly id: string
  readonly type: string
  readonly subject: string
  readonly seq: number
  readonly data: Readonly<Record<string, unknown>>
}

let server: Server
let owner: User
let crm: System

beforeAll(async () => {
  server = await startServer({ ALLOW_PRIVATE_ADDRESSES: "on", LIMITS: "webhooks.retryMs=10" })
  owner = await registerUser(server, "owner")
  const scopes = ["records:write", "records:read", "conversations:write", "events:read", "webhooks:write"]
  crm = await systemOf(server, owner, scopes)
})
afterAll(() => server.stop())

const record = (version: number, more: object = {}) => ({
  title: `v${version}`,
  status: "x",
  statusKind: "open",
  version,
  occurredAt: "2026-11-01T10:00:00Z",
  ...more,
})
const put = (id: string, version: number) => crm.ask("PUT", `/records/order/${id}`, record(version))

interface Page {
  readonly items: ReadonlyArray<FeedEvent>
  readonly next: string
}
const events = (query: string) => crm.ask<Page>("GET", `/events?${query}`)
const now = async () => (await events("after=now")).next

describe("the feed", () => {
  it("tells in one order what happens to records, conversations and what is said in them", async () => {
    const after = await now()
    const member = await registerUser(server, "member")
    await crm.ask("PUT", "/records/project/p", record(1, { people: [{ user: member.userId, role: "x" }] }))
    const { id } = await crm.ask<{ id: string }>("POST", "/conversations", {
      kind: "project",
      record: { type: "project", id: "p" },
    })
    const said = await member.say(id, "hello")
    await member.send(id, {
      msgtype: "m.text",
      body: "* hi",
      "m.new_content": { msgtype: "m.text", body: "hi" },
      "m.relates_to": { rel_type: "m.replace", event_id: said },
    })
    await member.ask("PUT", `/v3/rooms/${id}/redact/${encodeURIComponent(said)}/1`, { reason: "oops" })
    // People's own talk is nobody else's news.
    await member.say(await member.createRoom(), "private")
    const { items, next } = await events(`after=${after}&limit=200`)
    const inMain = items.filter(({ data }) => data["lane"] !== "team")
    expect(inMain.map(({ type, subject }) => [type, subject])).toEqual([
      ["record.created", "record/project/p"],
      ["participant.joined", `conversation/${id}`],
      ["conversation.created", `conversation/${id}`],
      ["record.linked", "record/project/p"],
      ["participant.joined", `conversation/${id}`],
      ["message.created", `conversation/${id}`],
      ["message.edited", `conversation/${id}`],
      ["message.redacted", `conversation/${id}`],
    ])
    expect(inMain[5]!.data).toMatchObject({
      eventId: said,
      sender: member.userId,
      records: [{ type: "project", id: "p" }],
    })
    expect(inMain[5]!.data["content"]).toEqual({}) // redacted by now
    expect(inMain[7]!.data).toMatchObject({ redacts: said, reason: "oops" })
    expect(items).toEqual([...items].sort((a, b) => a.seq - b.seq))
    expect(await events(`after=${next}`)).toMatchObject({ items: [] })
    const some = await events(`after=${after}&types=record.*,message.created&limit=200`)
    expect(some.items.map(({ type }) => type)).toEqual(["record.created", "record.linked", "message.created"])
  })

  it("comes in pages that leave nothing out, and waits for what is to come", async () => {
    const after = await now()
    for (let n = 1; n <= 7; n++) await put("pages", n)
    const seen: Array<unknown> = []
    for (let cursor = after; ;) {
      const { items, next } = await events(`after=${cursor}&limit=3`)
      if (items.length === 0) break
      seen.push(...items.map(({ data }) => (data["record"] as { version: number }).version))
      cursor = next
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7])
    const waiting = events(`after=${await now()}&wait=30&types=record.updated`)
    await put("other", 1)
    await put("pages", 8)
    expect((await waiting).items).toMatchObject([{ type: "record.updated", subject: "record/order/pages" }])
  })

  it("is for those alone who may", async () => {
    const none = await systemOf(server, owner, ["records:read"])
    expect((await none.call("GET", "/events")).status).toBe(403)
    const member = await registerUser(server, "curious")
    expect((await systemWith(server, member.token).call("GET", "/events")).status).toBe(403)
  })
})

/** Takes webhooks, answering as it is told. */
const startReceiver = async () => {
  const taken: Array<FeedEvent> = []
  const attempts: Array<FeedEvent> = []
  const wrong: Array<string> = []
  const waiting = new Set<() => void>()
  let answer: (event: FeedEvent) => number | Promise<number> = () => 200
  let secrets: ReadonlyArray<string> = []
  const http: HttpServer = createServer((request, response) => {
    void (async () => {
      const body = await text(request)
      const header = (name: string) => String(request.headers[name])
      const event = JSON.parse(body) as FeedEvent
      const signed = secrets.map((secret) => {
        const key = Buffer.from(secret.slice("whsec_".length), "base64")
        const what = `${header("webhook-id")}.${header("webhook-timestamp")}.${body}`
        return `v1,${createHmac("sha256", key).update(what).digest("base64")}`
      })
      if (header("webhook-signature") !== signed.join(" ") || header("webhook-id") !== event.id) wrong.push(body)
      attempts.push(event)
      const status = await answer(event)
      if (status < 300) taken.push(event)
      response.writeHead(status).end()
      for (const look of waiting) look()
    })()
  })
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/hook`,
    taken,
    attempts,
    wrong,
    trust: (given: ReadonlyArray<string>) => void (secrets = given),
    answers: (given: typeof answer) => void (answer = given),
    until: (holds: () => boolean) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (!holds()) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    close: () => {
      http.closeAllConnections()
      http.close()
    },
  }
}
type Receiver = Awaited<ReturnType<typeof startReceiver>>

const hooked = async (id: string, types: ReadonlyArray<string> = ["record.*"]): Promise<Receiver> => {
  const receiver = await startReceiver()
  const made = await crm.ask<{ secrets: ReadonlyArray<string> }>("PUT", `/webhooks/${id}`, { url: receiver.url, types })
  receiver.trust(made.secrets)
  return receiver
}

const versionsOf = (events: ReadonlyArray<FeedEvent>, id: string) =>
  events
    .filter(({ subject }) => subject === `record/order/${id}`)
    .map(({ data }) => (data["record"] as { version: number }).version)

describe("a webhook", () => {
  it("gets what happens, signed, also with two secrets while they change", async () => {
    const receiver = await hooked("signed")
    await put("signed", 1)
    await receiver.until(() => receiver.taken.length === 1)
    const secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8G", "whsec_AAAQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8G"]
    receiver.trust(secrets)
    const again = await crm.ask("PUT", "/webhooks/signed", { url: receiver.url, types: ["record.*"], secrets })
    expect(again).not.toHaveProperty("secrets")
    await put("signed", 2)
    await receiver.until(() => receiver.taken.length === 2)
    expect(receiver.wrong).toEqual([])
    expect(receiver.taken).toMatchObject([{ type: "record.created" }, { type: "record.updated" }])
    await crm.ask("DELETE", "/webhooks/signed")
    receiver.close()
  })

  it("keeps the order of each subject, and one that fails holds up no other", async () => {
    const receiver = await hooked("order")
    let refuse = true
    receiver.answers(({ subject }) => (refuse && subject === "record/order/bad" ? 500 : 200))
    for (let n = 1; n <= 4; n++) {
      await put("bad", n)
      await put("good", n)
    }
    await receiver.until(() => versionsOf(receiver.taken, "good").length === 4)
    expect(versionsOf(receiver.taken, "good")).toEqual([1, 2, 3, 4])
    expect(new Set(versionsOf(receiver.attempts, "bad"))).toEqual(new Set([1]))
    refuse = false
    await receiver.until(() => versionsOf(receiver.taken, "bad").length === 4)
    expect(versionsOf(receiver.taken, "bad")).toEqual([1, 2, 3, 4])
    await crm.ask("DELETE", "/webhooks/order")
    receiver.close()
  })

  it("is switched off by a receiver that is gone, goes on where it was, and is sent again when somebody asks", async () => {
    const receiver = await hooked("parked")
    receiver.answers(() => 410)
    await put("parked", 1)
    await receiver.until(() => receiver.attempts.length === 1)
    const stopped = async () => {
      const { items } = await crm.ask<{ items: ReadonlyArray<{ id: string; active: boolean; problem?: string }> }>(
        "GET",
        "/webhooks",
      )
      return items.find(({ id }) => id === "parked")
    }
    while ((await stopped())?.active === true);
    expect(await stopped()).toMatchObject({ problem: "The receiver answered 410 Gone" })
    receiver.answers(() => 200)
    await crm.ask("PUT", "/webhooks/parked", { url: receiver.url, types: ["record.*"] })
    await receiver.until(() => receiver.taken.length === 1)
    const { items } = await crm.ask<{ items: ReadonlyArray<{ n: number; state: string; outcome: string }> }>(
      "GET",
      "/webhooks/parked/deliveries",
    )
    const [delivery] = items
    await crm.ask("POST", `/webhooks/parked/deliveries/${delivery!.n}/redeliver`)
    await receiver.until(() => receiver.taken.length === 2)
    expect(receiver.taken[1]).toEqual(receiver.taken[0])
    expect((await crm.call("POST", "/webhooks/parked/deliveries/999/redeliver")).status).toBe(404)
    await crm.ask("DELETE", "/webhooks/parked")
    receiver.close()
  })

  it("loses nothing while its receiver is down, slow or fails at random, and the server is killed", async () => {
    const receiver = await hooked("storm")
    let step = 0
    // Neither regular nor different from run to run.
    receiver.answers(async () => {
      step++
      if (step % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 50))
      return step % 3 === 0 ? 500 : 200
    })
    const subjects = ["s1", "s2", "s3", "s4"]
    let version = 0
    for (let round = 0; round < rounds; round++) {
      for (let n = 0; n < 5; n++) {
        version++
        await Promise.all(subjects.map((id) => put(id, version)))
      }
      await server.crash()
    }
    const inOrder = (id: string) => [...new Set(versionsOf(receiver.taken, id))]
    await receiver.until(() => subjects.every((id) => inOrder(id).length === version))
    for (const id of subjects) {
      expect(inOrder(id)).toEqual(Array.from({ length: version }, (_, n) => n + 1))
      // A repeat has the id of the first.
      const ids = receiver.taken.filter(({ subject }) => subject === `record/order/${id}`).map((event) => event.id)
      expect(new Set(ids).size).toBe(version)
    }
    expect(receiver.wrong).toEqual([])
    receiver.close()
  })
})

describe("a webhook's address", () => {
  it("is never one inside, unless the operator says so", async () => {
    const guarded = await startServer()
    try {
      const boss = await registerUser(guarded, "boss")
      const system = await systemOf(guarded, boss, ["webhooks:write", "records:write"])
      const receiver = await startReceiver()
      await system.ask("PUT", "/webhooks/inside", { url: receiver.url })
      await system.ask("PUT", "/records/order/1", record(1))
      const outcome = async () => {
        const answer = await system.ask<{ items: ReadonlyArray<{ outcome?: string }> }>(
          "GET",
          "/webhooks/inside/deliveries",
        )
        return answer.items[0]?.outcome
      }
      while ((await outcome()) === undefined);
      expect(await outcome()).toBe("127.0.0.1 may not be reached")
      expect(receiver.attempts).toEqual([])
      receiver.close()
    } finally {
      await guarded.stop()
    }
  })
})
