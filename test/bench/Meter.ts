/**
 * What some processes and those they started cost during a measurement: CPU seconds, and the most memory that they held
 * together (PSS: what several share is counted once). Reads /proc, so it knows only Linux.
 */
import { readdirSync, readFileSync } from "node:fs"

const ticksPerSecond = 100 // the same on every Linux
const sampleMs = 500

const read = (path: string) => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return "" // it has ended, or is somebody else's
  }
}

interface Process {
  readonly pid: number
  readonly parent: number
  readonly cpuSeconds: number
}

const processes = (): ReadonlyArray<Process> =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      // The program's name, in brackets, may hold anything: what follows the last bracket does not.
      const fields = read(`/proc/${name}/stat`).split(") ").at(-1)!.split(" ")
      if (fields.length < 14) return []
      const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
      return [{ pid: Number(name), parent: Number(fields[1]), cpuSeconds }]
    })

export class Meter {
  readonly #roots: ReadonlySet<number>
  #cpuSeconds = 0
  #peakPssMb = 0
  #timer: NodeJS.Timeout | undefined

  constructor(pids: ReadonlyArray<number>) {
    this.#roots = new Set(pids)
  }

  start() {
    if (this.#roots.size === 0) return
    this.#cpuSeconds = this.#cpu()
    this.#timer = setInterval(() => this.#sample(), sampleMs)
  }

  /** Ends the measurement, in which `units` of work were done. */
  stop(units: number) {
    clearInterval(this.#timer)
    if (this.#roots.size === 0) return {}
    this.#sample()
    const cpuSecondsPer1000 = Number((((this.#cpu() - this.#cpuSeconds) / units) * 1000).toFixed(3))
    return { cpuSecondsPer1000, peakPssMb: Math.round(this.#peakPssMb) }
  }

  #tree(): ReadonlyArray<Process> {
    const all = processes()
    const tree = all.filter(({ pid }) => this.#roots.has(pid))
    const known = new Set(tree.map(({ pid }) => pid))
    for (const { pid } of tree) {
      for (const child of all) {
        if (child.parent !== pid || known.has(child.pid)) continue
        known.add(child.pid)
        tree.push(child)
      }
    }
    return tree
  }

  #cpu() {
    return this.#tree().reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)
  }

  #sample() {
    const kilobytes = this.#tree().map(({ pid }) => /^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0)
    const mb = kilobytes.reduce<number>((sum, pss) => sum + Number(pss), 0) / 1024
    this.#peakPssMb = Math.max(this.#peakPssMb, mb)
  }
}
