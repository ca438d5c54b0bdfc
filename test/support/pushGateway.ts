/** A push gateway: takes notifications over HTTP as the Push Gateway API has it, and fails when it is told to. */
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

export interface Notification {
  readonly event_id?: string
  readonly room_id?: string
  readonly type?: string
  readonly sender?: string
  readonly sender_display_name?: string
  readonly room_name?: string
  readonly content?: { readonly body?: string }
  readonly prio?: string
  readonly user_is_target?: boolean
  readonly counts: { readonly unread: number }
  readonly devices: ReadonlyArray<{
    readonly app_id: string
    readonly pushkey: string
    readonly pushkey_ts: number
    readonly data?: object
    readonly tweaks?: object
  }>
}

export interface PushGateway {
  readonly url: string
  readonly received: Array<Notification>
  /** Answers with this status until told otherwise. */
  status: number
  readonly rejected: Set<string>
  /** Waits until a notification fits. */
  readonly until: (fits: (notification: Notification) => boolean) => Promise<Notification>
  readonly stop: () => void
}

export const startPushGateway = async (): Promise<PushGateway> => {
  const received: Array<Notification> = []
  const waiting = new Set<() => void>()
  const server = createServer((request, response) => {
    let text = ""
    request.on("data", (chunk: Buffer) => (text += chunk.toString()))
    request.on("end", () => {
      if (request.url !== "/_matrix/push/v1/notify") return void response.writeHead(404).end()
      response.writeHead(gateway.status, { "content-type": "application/json" })
      response.end(JSON.stringify({ rejected: [...gateway.rejected] }))
      if (gateway.status !== 200) return
      received.push((JSON.parse(text) as { notification: Notification }).notification)
      for (const look of waiting) look()
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const gateway: PushGateway = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/_matrix/push/v1/notify`,
    received,
    status: 200,
    rejected: new Set(),
    until: (fits) =>
      new Promise((found) => {
        const look = () => {
          const notification = received.find(fits)
          if (notification === undefined) return
          waiting.delete(look)
          found(notification)
        }
        waiting.add(look)
        look()
      }),
    stop: () => server.close(),
  }
  return gateway
}
