/** The end of the log in memory, so that services which are up to date cost the database nothing to tell. */
import type { LogBatch } from "../log/LogEntry.ts"

const maxEntries = 2000

export class RecentEntries {
  readonly #batches: Array<LogBatch> = []
  #entries = 0

  push(batch: LogBatch): void {
    this.#batches.push(batch)
    this.#entries += batch.entries.length
    while (this.#entries > maxEntries) this.#entries -= this.#batches.shift()!.entries.length
  }

  clear(): void {
    this.#batches.length = 0
    this.#entries = 0
  }

  /** All that came after a position, or undefined where that begins before what is held. */
  after(position: number): LogBatch | undefined {
    const from = this.#batches.findLastIndex(({ first }) => first <= position + 1)
    const last = this.#batches.at(-1)?.last
    if (from < 0 || last === undefined) return undefined
    const entries = this.#batches.slice(from).flatMap((batch) => batch.entries)
    return { first: position + 1, last, entries: entries.filter(({ pos }) => pos > position) }
  }
}
