/** A real nats-server for tests: on a free port of the loopback, to be stopped, paused and started again. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:net"
import { createInterface } from "node:readline"
import { Effect } from "effect"

const binary = ["nats-server", "/usr/sbin/nats-server"].find((path) => spawnSync(path, ["--version"]).status === 0)

/** Whether tests can have one. CI always must. */
export const natsAvailable = binary !== undefined || process.env["CI"] === "true"

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  if (address === null || typeof address === "string") throw new Error("No free port")
  return address.port
}

const launch = async (port: number, args: ReadonlyArray<string>): Promise<ChildProcess> => {
  const child = spawn(binary ?? "nats-server", ["--addr", "127.0.0.1", "--port", String(port), ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  })
  await once(child, "spawn")
  for await (const line of createInterface({ input: child.stderr! })) {
    if (!line.includes("Server is ready")) continue
    child.stderr!.resume() // a full pipe would stop the server
    return child
  }
  throw new Error("nats-server ended before it was ready")
}

/** Runs until the scope closes. `stop` takes it away as a crash does; `start` brings it back on the same port. */
export const natsServer = Effect.fnUntraced(function* (args: ReadonlyArray<string> = []) {
  const port = yield* Effect.promise(freePort)
  let child: ChildProcess | undefined

  const start = Effect.promise(async () => void (child = await launch(port, args)))
  const stop = Effect.promise(async () => {
    const ending = child
    child = undefined
    if (!ending) return
    const exited = once(ending, "exit")
    ending.kill("SIGKILL")
    await exited
  })
  const signal = (name: "SIGSTOP" | "SIGCONT") => Effect.sync(() => void child?.kill(name))

  yield* Effect.acquireRelease(start, () => stop)
  return {
    port,
    url: `nats://127.0.0.1:${port}`,
    start,
    stop,
    pause: signal("SIGSTOP"),
    resume: signal("SIGCONT"),
  }
})
