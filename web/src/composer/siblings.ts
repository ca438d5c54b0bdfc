/** The rooms of one conversation: what everyone in it reads, and what only the team does. */
import type { Conversation } from "../client/model.ts"

export interface Siblings {
  readonly main: string
  readonly team: string
}

/** @returns nothing where there is no choice of whom to write to. */
export const siblingsOf = (here: Conversation, all: Iterable<Conversation>): Siblings | undefined => {
  const joined = [...all].filter(({ membership }) => membership === "join")
  if (here.purpose === "team") {
    const main = joined.find(({ id }) => id === here.laneOf)
    return main && { main: main.id, team: here.id }
  }
  const team = joined.find(({ purpose, laneOf }) => purpose === "team" && laneOf === here.id)
  return team && { main: here.id, team: team.id }
}
