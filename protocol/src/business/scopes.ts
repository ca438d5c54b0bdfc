/** What an API key may be good for. */
export const SCOPES = [
  "audit:read",
  "compliance:write",
  "conversations:read",
  "conversations:write",
  "customers:read",
  "customers:write",
  "events:read",
  "keys:write",
  "media:write",
  "messages:write",
  "people:read",
  "people:write",
  "records:read",
  "records:write",
  "webhooks:write",
] as const
export type Scope = (typeof SCOPES)[number]
