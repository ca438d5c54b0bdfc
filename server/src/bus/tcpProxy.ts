/** A line between a client and a server that tests can cut. */
import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"
import { Effect } from "effect"

/** Forwards to `port` of the loopback until the scope closes. `cut` ends every connection there is; new ones go on. */
export const tcpProxy = (port: number) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const sockets = new Set<Socket>()
      const server = createServer((near) => {
        const far = connect(port, "127.0.0.1")
        for (const [from, to] of [
          [near, far],
          [far, near],
        ] as const) {
          sockets.add(from)
          from.pipe(to)
          from.on("error", () => to.destroy())
          from.on("close", () => (sockets.delete(from), to.destroy()))
        }
      }).listen(0, "127.0.0.1")
      await once(server, "listening")
      const address = server.address()
      if (address === null || typeof address === "string") throw new Error("No free port")
      const cut = Effect.sync(() => sockets.forEach((socket) => socket.destroy()))
      return { server, url: `nats://127.0.0.1:${address.port}`, cut }
    }),
    ({ server, cut }) =>
      Effect.andThen(
        cut,
        Effect.sync(() => server.close()),
      ),
  )
