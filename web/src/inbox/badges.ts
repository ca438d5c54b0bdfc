/** The one place that decides what a badge says: the strip, the title and the favicon all ask here. */
import type { Conversation } from "../client/model.ts"

export type Badge =
  | { readonly kind: "none" }
  /** Something is new, and it does not notify; or the reader wants to come back to it. */
  | { readonly kind: "dot" }
  | { readonly kind: "count"; readonly count: number }
  | { readonly kind: "mention"; readonly count: number }

export const badgeOf = (conversation: Conversation): Badge => {
  const { markedUnread, membership, mentions, notifications, unseen } = conversation
  if (membership === "invite") return { kind: "count", count: 1 }
  if (mentions > 0) return { kind: "mention", count: Math.max(notifications, mentions) }
  if (notifications > 0) return { kind: "count", count: notifications }
  return unseen || markedUnread ? { kind: "dot" } : { kind: "none" }
}

export const isUnread = (conversation: Conversation) => badgeOf(conversation).kind !== "none"

export interface TotalBadge {
  readonly count: number
  readonly mentioned: boolean
}

/** What waits for the reader altogether. Dots do not count: they do not notify. */
export const totalBadge = (conversations: Iterable<Conversation>): TotalBadge => {
  let count = 0
  let mentioned = false
  for (const conversation of conversations) {
    const badge = badgeOf(conversation)
    if (badge.kind === "mention") mentioned = true
    if (badge.kind === "mention" || badge.kind === "count") count += badge.count
  }
  return { count, mentioned }
}

export const shortCount = (count: number) => (count > 99 ? "99+" : String(count))
