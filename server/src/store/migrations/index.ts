/** The migrations in their order. A number, once released, never changes its meaning. */
import foundation from "./0001_foundation.ts"
import relations from "./0002_relations.ts"
import eventTimes from "./0003_event_times.ts"
import accounts from "./0004_accounts.ts"
import refreshTokens from "./0005_refresh_tokens.ts"
import membershipsSince from "./0007_memberships_since.ts"
import encryption from "./0010_encryption.ts"
import slidingSync from "./0011_sliding_sync.ts"
import thirdPartyIds from "./0012_accounts.ts"
import oauth from "./0013_oauth.ts"
import appservices from "./0014_appservices.ts"
import reportsAndPush from "./0015_reports_and_push.ts"
import delayedEvents from "./0016_delayed_events.ts"
import urlPreviews from "./0017_url_previews.ts"
import operators from "./0018_operators.ts"
import quarantine from "./0019_quarantine.ts"
import emailSends from "./0020_email_sends.ts"
import interactive from "./0021_interactive.ts"
import records from "./0022_records.ts"
import apiKeys from "./0023_api_keys.ts"
import conversations from "./0024_conversations.ts"
import roles from "./0025_roles.ts"
import auditTrail from "./0026_audit_trail.ts"
import webhooks from "./0029_webhooks.ts"
import customers from "./0031_customers.ts"
import retention from "./0033_retention.ts"
import compliance from "./0034_compliance.ts"
import interactiveRequests from "./0036_interactive_requests.ts"
import membershipsWasIn from "./0037_memberships_was_in.ts"
import emailPushers from "./0038_email_pushers.ts"

export const migrations = {
  "0001_foundation": foundation,
  "0002_relations": relations,
  "0003_event_times": eventTimes,
  "0004_accounts": accounts,
  "0005_refresh_tokens": refreshTokens,
  "0007_memberships_since": membershipsSince,
  "0010_encryption": encryption,
  "0011_sliding_sync": slidingSync,
  "0012_accounts": thirdPartyIds,
  "0013_oauth": oauth,
  "0014_appservices": appservices,
  "0015_reports_and_push": reportsAndPush,
  "0016_delayed_events": delayedEvents,
  "0017_url_previews": urlPreviews,
  "0018_operators": operators,
  "0019_quarantine": quarantine,
  "0020_email_sends": emailSends,
  "0021_interactive": interactive,
  "0022_records": records,
  "0023_api_keys": apiKeys,
  "0024_conversations": conversations,
  "0025_roles": roles,
  "0026_audit_trail": auditTrail,
  "0029_webhooks": webhooks,
  "0031_customers": customers,
  "0033_retention": retention,
  "0034_compliance": compliance,
  "0036_interactive_requests": interactiveRequests,
  "0037_memberships_was_in": membershipsWasIn,
  "0038_email_pushers": emailPushers,
}
