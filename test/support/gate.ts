/** A line to a server that a scenario can shut, as if the server were gone, and open again. */
import { once } from "node:events"
import { connect, createServer, type Server, type Socket } from "node:net"
import type { AddressInfo } from "node:net"

export interface Gate {
  readonly port: number
  readonly shut: () => void
  readonly open: () => Promise<void>
}

/** Forwards to a Unix socket. */
export const startGate = async (target: string): Promise<Gate> => {
  const sockets = new Set<Socket>()
  const forward = (near: Socket) => {
    const far = connect(target)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.pipe(to)
      from.on("error", () => to.destroy())
      from.on("close", () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  }
  let server: Server
  const listen = async (port: number) => {
    server = createServer(forward).listen(port, "127.0.0.1")
    await once(server, "listening")
    return (server.address() as AddressInfo).port
  }
  const port = await listen(0)
  return {
    port,
    shut: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
    open: async () => void (await listen(port)),
  }
}
