import { expect, it } from "vitest"
import { conversation } from "../client/examples.ts"
import { siblingsOf } from "./siblings.ts"

const main = conversation({ id: "!main", purpose: "customer" })
const team = conversation({ id: "!team", purpose: "team", laneOf: "!main" })
const partner = conversation({ id: "!partner", purpose: "partner", laneOf: "!main" })
const other = conversation({ id: "!other" })

it("knows the team's room of a conversation from either side", () => {
  const all = [main, partner, team, other]
  expect(siblingsOf(main, all)).toEqual({ main: "!main", team: "!team" })
  expect(siblingsOf(team, all)).toEqual({ main: "!main", team: "!team" })
})

it("offers no choice where the reader has none", () => {
  expect(siblingsOf(other, [main, team, other])).toBeUndefined()
  expect(siblingsOf(main, [main, partner])).toBeUndefined()
  expect(siblingsOf(main, [main, { ...team, membership: "invite" }])).toBeUndefined()
  expect(siblingsOf(team, [team])).toBeUndefined()
})
