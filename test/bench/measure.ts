/** Loops that count, and what their times were. */
import { setTimeout as sleep } from "node:timers/promises"
import type { Meter } from "./Meter.ts"

/** Milliseconds at the middle and towards the end. */
export const percentiles = (samples: ReadonlyArray<number>) => {
  const sorted = Float64Array.from(samples).sort()
  const at = (share: number) =>
    Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(2))
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

/** Runs a step in that many endless loops for some seconds, after a tenth of them to warm up. */
export const repeat = async (
  workers: number,
  seconds: number,
  meter: Meter,
  step: (worker: number, turn: number) => Promise<unknown>,
) => {
  const samples: Array<number> = []
  const from = performance.now() + seconds * 100
  const until = from + seconds * 1000
  const loop = async (worker: number) => {
    for (let turn = 0; performance.now() < until; turn++) {
      const begun = performance.now()
      await step(worker, turn)
      const done = performance.now()
      if (begun >= from && done <= until) samples.push(done - begun)
    }
  }
  const loops = Promise.all(Array.from({ length: workers }, (_, worker) => loop(worker)))
  await Promise.race([sleep(from - performance.now()), loops]) // a loop that fails ends the waiting
  meter.start()
  await loops
  return { perSecond: Math.round(samples.length / seconds), ...percentiles(samples), ...meter.stop(samples.length) }
}
