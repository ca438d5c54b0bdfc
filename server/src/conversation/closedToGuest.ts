/** A guest joins only where the room says that guests may. Spec: client-server API, "Guest Access", "Server behaviour". */
import type { StateView } from "@biz1/core/Event"
import { GuestAccessForbidden } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import type { JsonObject } from "@biz1/protocol/json"

export const guestAccess = "m.room.guest_access"

interface Draft {
  readonly type: string
  readonly content: JsonObject
}

export const isJoin = ({ type, content }: Draft) => type === "m.room.member" && content["membership"] === "join"

/** Given a draft of a guest; who is in the room already may change their member event. */
export const closedToGuest = (draft: Draft, guest: UserId, state: StateView) =>
  !isJoin(draft) ||
  state.get(guestAccess, "")?.content["guest_access"] === "can_join" ||
  state.get("m.room.member", guest)?.content["membership"] === "join"
    ? undefined
    : new GuestAccessForbidden({ error: "This room is closed to guests: make an account first" })
