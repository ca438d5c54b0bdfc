/** Runs clients that are written in other languages. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"

/** Whether matrix-nio is due to be there: always in continuous integration, elsewhere where one says so. */
export const hasNio = process.env["CI"] === "true" || process.env["NIO"] === "yes"

/** Runs one of the scripts for matrix-nio, and gives what it printed last. */
export const runNio = async (script: string, ...arguments_: ReadonlyArray<string>) => {
  const path = join(import.meta.dirname, "../clients", script)
  const child = spawn("/usr/bin/python3", [path, ...arguments_], { stdio: ["ignore", "pipe", "pipe"] })
  let out = ""
  let problems = ""
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on("data", (chunk: Buffer) => (problems += chunk.toString()))
  const [code] = await once(child, "exit")
  if (code !== 0) throw new Error(`${script} ended with ${String(code)}: ${problems}`)
  return JSON.parse(out.trim().split("\n").at(-1)!) as Record<string, unknown>
}
