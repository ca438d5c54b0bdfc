/** Whom to name a nameless room after. Spec: "Calculating the display name for a room". */
import { SERVICE_MEMBERS } from "@biz1/protocol/business/names"
import type { UserId } from "@biz1/protocol/ids"
import type { RoomView } from "./RoomViews.ts"

const maxHeroes = 5

/** Those who came first, services left out (MSC4171), of the members if there are any but the user, else of the former ones. */
export const heroesOf = (room: RoomView, userId: UserId): ReadonlyArray<string> => {
  const services = room.state.get(SERVICE_MEMBERS, "")?.content["service_members"]
  const isService = (member: string) => Array.isArray(services) && services.includes(member)
  const members = [...room.state.ofType("m.room.member").values()]
    .filter(({ stateKey }) => !isService(stateKey))
    .sort((a, b) => a.pos - b.pos)
  const here = members.filter(({ content }) => content["membership"] === "join" || content["membership"] === "invite")
  const named = here.some(({ stateKey }) => stateKey !== userId) ? here : members
  return named
    .map(({ stateKey }) => stateKey)
    .filter((member) => member !== userId)
    .slice(0, maxHeroes)
}
