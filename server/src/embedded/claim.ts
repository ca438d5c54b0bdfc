/**
 * One supervisor for a cluster. Whoever supervises listens on a socket beside it: who can connect to that knows that the
 * cluster is in use. The kernel closes it with its process, however that ends, and no other process can be taken for it.
 */
import { rmSync } from "node:fs"
import { connect, createServer } from "node:net"
import { Effect } from "effect"
import { AlreadyRunning, EmbeddedPostgresError } from "./EmbeddedPostgresError.ts"

/** Holds the claim until the scope closes. */
export const claim = Effect.fnUntraced(function* (socket: string) {
  if (yield* isAnswered(socket)) {
    return yield* new AlreadyRunning({
      message: "The messenger is already running on this data folder: stop it first, or choose another with DATA_DIR.",
    })
  }
  rmSync(socket, { force: true }) // of a process that is gone
  yield* Effect.acquireRelease(listen(socket), (server) =>
    Effect.callback<void>((resume) => {
      server.close(() => resume(Effect.void))
    }),
  )
})

const isAnswered = (socket: string) =>
  Effect.callback<boolean>((resume) => {
    const connection = connect(socket)
    const answer = (is: boolean) => {
      connection.destroy()
      resume(Effect.succeed(is))
    }
    connection.on("connect", () => answer(true)).on("error", () => answer(false))
  })

const listen = (socket: string) =>
  Effect.callback<ReturnType<typeof createServer>, EmbeddedPostgresError>((resume) => {
    const server = createServer((connection) => connection.destroy()).unref()
    server.on("error", ({ message }) => resume(Effect.fail(new EmbeddedPostgresError({ message }))))
    server.listen(socket, () => resume(Effect.succeed(server)))
  })
