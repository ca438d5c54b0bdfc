/**
 * What becomes of a conversation's links when two customers turn out to be one. The loser's link goes into the winner's,
 * whole: the same state event that moves it is the log of the move, and undoing takes it out again as it was.
 */
import { isJsonObject, type JsonObject } from "@biz1/protocol/json"
import { keyText, type Link, linksContent, linksOf, type RecordKey } from "./links.ts"

export interface MergedCustomers {
  readonly winner: string
  readonly loser: string
}

type Role = Link["role"]

/** What a winner's link holds for later: its own role, if it was there by itself, and the links that went into it. */
interface Kept {
  readonly own: Role | undefined
  readonly links: ReadonlyArray<Link>
}

const customer = (id: string): RecordKey => ({ type: "customer", id })
const linkWith = (links: ReadonlyArray<Link>, id: string) =>
  links.find((link) => keyText(link) === keyText(customer(id)))

const keptIn = ({ disclosed, role }: Link): Kept => {
  const merged = disclosed["merged"]
  if (!isJsonObject(merged)) return { own: role, links: [] }
  const own = merged["own"]
  return { own: own === "primary" || own === "related" ? own : undefined, links: linksOf(merged) }
}

const keeping = (link: Link, { own, links }: Kept): Link => {
  const { merged: _, ...disclosed } = link.disclosed
  const role = own === "primary" || links.some((one) => one.role === "primary") ? "primary" : "related"
  if (links.length === 0) return { ...link, role, disclosed: { ...disclosed, role } }
  const merged: JsonObject = { ...linksContent(links), ...(own === undefined ? {} : { own }) }
  return { ...link, role, disclosed: { ...disclosed, role, merged } }
}

const without = (links: ReadonlyArray<Link>, ...gone: ReadonlyArray<Link | undefined>) =>
  links.filter((link) => !gone.includes(link))

/** `fresh` is the winner's link where the conversation has none yet. The same links where there is nothing to move. */
export const mergedLinks = (
  links: ReadonlyArray<Link>,
  { winner, loser }: MergedCustomers,
  fresh: (moved: Link) => Link,
): ReadonlyArray<Link> => {
  const moved = linkWith(links, loser)
  if (moved === undefined) return links
  const own = linkWith(links, winner)
  const kept: Kept = own === undefined ? { own: undefined, links: [] } : keptIn(own)
  const link = keeping(own ?? fresh(moved), { ...kept, links: [...kept.links, moved] })
  return [...without(links, moved, own), link]
}

/** The same links where the merge has moved nothing, or somebody has unlinked the winner since. */
export const unmergedLinks = (links: ReadonlyArray<Link>, { winner, loser }: MergedCustomers): ReadonlyArray<Link> => {
  const link = linkWith(links, winner)
  const kept = link && keptIn(link)
  const moved = kept && linkWith(kept.links, loser)
  if (link === undefined || kept === undefined || moved === undefined) return links
  const left: Kept = { ...kept, links: without(kept.links, moved) }
  const winners = left.own === undefined && left.links.length === 0 ? [] : [keeping(link, left)]
  return [...without(links, link), ...winners, moved]
}

/** A link that takes another's place goes on holding what that one held. */
export const holdingOn = (link: Link, before: Link | undefined): Link => {
  if (before === undefined || link.disclosed["merged"] !== undefined) return link
  const { links } = keptIn(before)
  return links.length === 0 ? link : keeping(link, { own: link.role, links })
}

/** The link made anew, and with it all that went into it. */
export const everyLinkAnew = (link: Link, anew: (one: Link) => Link): Link => {
  const { own, links } = keptIn(link)
  return keeping(anew(link), { own, links: links.map((one) => everyLinkAnew(one, anew)) })
}
