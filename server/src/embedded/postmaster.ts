/** What is known of a cluster's server from outside: its pid file, and the process that this names. */
import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, readlinkSync } from "node:fs"
import { join } from "node:path"

/** The server of this cluster, whoever started it. A pid that has become another process' is not taken for it. */
export const runningPid = (data: string): number | undefined => {
  const [pid] = readPidFile(data)
  return pid !== undefined && worksIn(pid, data) ? Number(pid) : undefined
}

/** Whether the server with this pid says that it takes connections. */
export const isReady = (data: string, pid: number | undefined): boolean => {
  const [owner, , , , , , , status] = readPidFile(data)
  return owner === String(pid) && status?.trim() === "ready"
}

export const pidFile = (data: string) => join(data, "postmaster.pid")

const readPidFile = (data: string): ReadonlyArray<string> =>
  existsSync(pidFile(data)) ? readFileSync(pidFile(data), "utf8").split("\n") : []

/** PostgreSQL's server goes into its cluster's folder; elsewhere than on Linux only its arguments tell of that. */
const worksIn = (pid: string, data: string) => {
  try {
    if (process.platform === "linux") return readlinkSync(`/proc/${pid}/cwd`) === data
    return execFileSync("ps", ["-ww", "-o", "args=", "-p", pid], { encoding: "utf8", stdio: "pipe" }).includes(data)
  } catch {
    return false // there is no such process
  }
}
