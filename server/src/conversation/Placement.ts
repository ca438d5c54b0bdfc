/**
 * Where a conversation lives. On one node everything is here; a cluster's layer forwards to the owner what is not.
 * The actor knows nothing of it: commands are plain values, and the fence in the log settles every doubt.
 */
import { Context, type Effect, Layer } from "effect"
import type { RoomId } from "@biz1/protocol/ids"

export class Placement extends Context.Service<
  Placement,
  {
    /** Runs `here` if the room lives on this node, or else the same on its owner. */
    readonly route: <Message, A, E>(
      roomId: RoomId,
      message: Message,
      here: (message: Message) => Effect.Effect<A, E>,
    ) => Effect.Effect<A, E>
  }
>()("@biz1/server/conversation/Placement") {
  static readonly layerLocal = Layer.succeed(this, Placement.of({ route: (_, message, here) => here(message) }))
}
