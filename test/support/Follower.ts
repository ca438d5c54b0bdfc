/** A device that keeps up with its rooms as a careful client does: token by token, and no gap left open. */
import type { User } from "./user.ts"

/** An event as far as scenarios look at it. */
export interface SeenEvent {
  readonly event_id: string
  readonly type: string
  readonly sender: string
  readonly content: Readonly<Record<string, unknown>>
}

interface Chunk {
  readonly chunk: ReadonlyArray<SeenEvent>
  readonly end?: string
}

interface SyncAnswer {
  readonly next_batch: string
  readonly rooms?: {
    readonly join?: Readonly<Record<string, { readonly timeline: Timeline }>>
  }
}

interface Timeline {
  readonly events: ReadonlyArray<SeenEvent>
  readonly limited?: boolean
  readonly prev_batch?: string
}

const pathOf = (roomId: string) => `/v3/rooms/${encodeURIComponent(roomId)}/messages`

/** All of a room that the user may read, oldest first. */
export const historyOf = async (user: User, roomId: string): Promise<ReadonlyArray<SeenEvent>> => {
  const events: Array<SeenEvent> = []
  for (let from = ""; ;) {
    const { chunk, end } = await user.ask<Chunk>("GET", `${pathOf(roomId)}?dir=f&limit=500${from}`)
    events.push(...chunk)
    if (end === undefined) return events
    from = `&from=${encodeURIComponent(end)}`
  }
}

export class Follower {
  readonly user: User
  /** What came, room by room, in the order in which it came. */
  readonly timelines = new Map<string, Array<SeenEvent>>()
  readonly #filter: string
  readonly #known = new Set<string>()
  #since: string | undefined

  constructor(user: User, options: { readonly timelineLimit: number }) {
    this.user = user
    this.#filter = encodeURIComponent(JSON.stringify({ room: { timeline: { limit: options.timelineLimit } } }))
  }

  /** One sync. Should it fail, the next one asks for the same again. */
  async step(timeoutMs: number): Promise<void> {
    const since = this.#since === undefined ? "" : `&since=${encodeURIComponent(this.#since)}`
    const answer = await this.user.ask<SyncAnswer>(
      "GET",
      `/v3/sync?timeout=${timeoutMs}&filter=${this.#filter}${since}`,
    )
    const news: Array<readonly [roomId: string, events: ReadonlyArray<SeenEvent>]> = []
    for (const [roomId, { timeline }] of Object.entries(answer.rooms?.join ?? {})) {
      const gap = since !== "" && timeline.limited === true ? await this.#gap(roomId, timeline.prev_batch) : []
      news.push([roomId, [...gap, ...timeline.events]])
    }
    for (const [roomId, events] of news) {
      const timeline = this.timelines.get(roomId) ?? []
      this.timelines.set(roomId, timeline)
      timeline.push(...events)
      for (const { event_id } of events) this.#known.add(event_id)
    }
    this.#since = answer.next_batch
  }

  /** What a limited timeline left out, back to the last event that is known. */
  async #gap(roomId: string, prevBatch: string | undefined): Promise<ReadonlyArray<SeenEvent>> {
    const missed: Array<SeenEvent> = []
    for (let from = prevBatch; from !== undefined;) {
      const path: string = `${pathOf(roomId)}?dir=b&limit=50&from=${encodeURIComponent(from)}`
      const { chunk, end } = await this.user.ask<Chunk>("GET", path)
      const met = chunk.findIndex(({ event_id }) => this.#known.has(event_id))
      missed.push(...(met < 0 ? chunk : chunk.slice(0, met)))
      from = met < 0 ? end : undefined
    }
    return missed.reverse()
  }
}
