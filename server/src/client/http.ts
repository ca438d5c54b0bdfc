/** Every operation of the Client-Server API that is served. */
import { createRoom } from "./createRoom.ts"
import { getVersions } from "./getVersions.ts"
import { joinRoom, joinRoomById } from "./joinRoom.ts"
import { login } from "./login.ts"
import { register } from "./register.ts"
import { sendMessage } from "./sendMessage.ts"
import { setRoomState, setRoomStateWithKey } from "./setRoomStateWithKey.ts"
import { sync } from "./sync.ts"

export const clientHandlers = [
  createRoom,
  getVersions,
  joinRoom,
  joinRoomById,
  login,
  register,
  sendMessage,
  setRoomState,
  setRoomStateWithKey,
  sync,
]
