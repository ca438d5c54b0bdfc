/** The signed-in client, for the stores. There is one at a time. */
import type { Chat } from "./Chat.ts"
import type { Session } from "./model.ts"

let current: Chat | undefined

export const chat = (): Chat => {
  if (current === undefined) throw new Error("nobody is signed in")
  return current
}

/** Loads the SDK if need be. Nothing is asked of the server until the client is started. */
export const openChat = async (session: Session): Promise<Chat> => {
  const { connect } = await import("./matrix.ts")
  current = connect(session)
  return current
}

export const closeChat = () => {
  current?.stop()
  current = undefined
}
