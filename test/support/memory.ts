/** What a process holds in memory, in megabytes, on Linux; elsewhere 0. */
import { readFileSync } from "node:fs"

const statusOf = (pid: number, name: string) => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8")
    return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)![1]) / 1024
  } catch {
    return 0
  }
}

export const residentMb = (pid: number) => statusOf(pid, "VmRSS")
/** The most that it ever held. */
export const peakMb = (pid: number) => statusOf(pid, "VmHWM")
