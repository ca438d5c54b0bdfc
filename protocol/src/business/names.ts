/** What the business part adds to Matrix: every name of its own begins with one prefix. */

export const PREFIX = "com.biz1."

/** State of a room that is a conversation: what kind it is and what it is about. State key "". */
export const CONVERSATION = `${PREFIX}conversation`
/** State of a room that is a part of another conversation, for fewer eyes. State key "". */
export const LANE = `${PREFIX}lane`
/**
 * What a conversation is about. As state: the links of one writer, whose user ID is the state key. In the content of a
 * message: the records that its writer picked.
 */
export const RECORDS = `${PREFIX}records`
/** Who works on a customer's matter and how it stands. State of the team lane, written by the server alone. */
export const WORKFLOW = `${PREFIX}workflow`
/** A message that decides about a version of a record. */
export const DECISION = `${PREFIX}decision`
/** A message of the service user: a change of a record that is worth telling. */
export const RECORD_EVENT = `${PREFIX}record_event`
/** A message of the service user: somebody reads who is not a member, and says why. */
export const ACCESS = `${PREFIX}access`

/** The localpart of the user who owns all business rooms and belongs to nobody. */
export const SERVICE_LOCALPART = "biz1"

/** Members who are part of the service and nobody to talk to. MSC4171, "Service members". */
export const SERVICE_MEMBERS = "io.element.functional_members"
