/** The roles of an organisation and what they may be allowed. Who may what stands in `core/src/business/roles.ts`. */

export const ROLES = ["owner", "admin", "manager", "agent", "member", "bot", "partner", "customer", "guest"] as const
export type Role = (typeof ROLES)[number]

export const PERMISSIONS = [
  "settings",
  "roles",
  "queues",
  "readQueue",
  "breakGlass",
  "work",
  "link",
  "converse",
  "inviteOutsiders",
  "ownMessages",
  "othersMessages",
  "call",
  "compliance",
] as const
export type Permission = (typeof PERMISSIONS)[number]

/**
 * How a permission is given: always, or where a fact is given. `team`: it is about the person's own team. `queue`: it is
 * in a queue of theirs. `own`: it is theirs. `member`: they are in the conversation. `refs`: they keep to their own
 * references. `policy`: the conversation's policy allows it. `channel`: the channel can do it. `invited`: they came by a
 * link for this. `auditor`: they are an auditor, too.
 */
export const GRANTS = [
  "yes",
  "team",
  "queue",
  "own",
  "member",
  "refs",
  "policy",
  "channel",
  "invited",
  "auditor",
] as const
export type Grant = (typeof GRANTS)[number]
