/** Whom to name a nameless room after. Spec: "Calculating the display name for a room". */
import type { UserId } from "@biz1/protocol/ids"
import type { RoomView } from "./RoomViews.ts"

const maxHeroes = 5

/** Those who came first, of the members if there are any but the user, else of the former ones. */
export const heroesOf = (room: RoomView, userId: UserId): ReadonlyArray<string> => {
  const members = [...room.state.ofType("m.room.member").values()].sort((a, b) => a.pos - b.pos)
  const here = members.filter(({ content }) => content["membership"] === "join" || content["membership"] === "invite")
  const named = here.some(({ stateKey }) => stateKey !== userId) ? here : members
  return named
    .map(({ stateKey }) => stateKey)
    .filter((member) => member !== userId)
    .slice(0, maxHeroes)
}
