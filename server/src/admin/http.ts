/** Every operation for the operators of the server, below `/_biz1/admin/v1`. */
import * as media from "./media.ts"
import * as oversight from "./oversight.ts"
import * as registrationTokens from "./registrationTokens.ts"
import * as rooms from "./rooms.ts"
import * as users from "./users.ts"

export const adminHandlers = [
  ...Object.values(media),
  ...Object.values(oversight),
  ...Object.values(registrationTokens),
  ...Object.values(rooms),
  ...Object.values(users),
]
