/** `docs/permissions.md`, written from the table that the code decides by. */
import { BUSINESS_LEVELS, PERMISSION_TABLE, POWER } from "@biz1/core/business/roles"
import { type Grant, PERMISSIONS, ROLES } from "@biz1/protocol/business/roles"

const words: Readonly<Record<Grant, string>> = {
  yes: "yes",
  team: "in own team",
  queue: "in own queues",
  own: "own",
  member: "where a member",
  refs: "own references",
  policy: "by policy",
  channel: "as the channel can",
  invited: "where invited to",
  auditor: "as auditor",
}

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

export const permissionsPage = (): string => `# Who may what

Written by \`npm run docs\` from \`core/src/business/roles.ts\`, by which the server decides at every door: the business API,
the web client and any Matrix client.

${table(
  ["", ...ROLES],
  PERMISSIONS.map((permission) => {
    const { title, grants } = PERMISSION_TABLE[permission]
    return [title, ...ROLES.map((role) => (grants[role] === undefined ? "" : words[grants[role]]))]
  }),
)}

A role of the organisation's own making (\`PUT /_biz1/v1/roles/{name}\`) stands level with one of these and has the permissions
that it lists. *Auditor* is added to another role. The first account is the owner; whoever is given no role is a member, or,
from another server, a partner.

## Power levels

In the rooms that the service user owns, a role is a power level, which partner servers enforce, too:
${ROLES.map((role) => `${role} ${POWER[role]}`).join(", ")}. What takes which level there:

${table(
  ["", "level"],
  [
    ...(["invite", "kick", "ban", "redact", "state_default", "events_default"] as const).map((name) => [
      `\`${name}\``,
      String(BUSINESS_LEVELS[name]),
    ]),
    ...Object.entries(BUSINESS_LEVELS.events).map(([type, level]) => [`\`${type}\``, String(level)]),
  ],
)}

Nobody but the service user has more than 100. Rooms that people make with a client of their own are theirs to rule: there
Matrix's own rules hold, and only what the server writes itself is kept from them.
`
