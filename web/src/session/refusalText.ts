/** Why signing in or registering failed, in words that help. */
import { SignInError } from "../client/signIn.ts"
import { t, type TextKey } from "../i18n/t.ts"

const texts: Readonly<Record<string, TextKey>> = {
  M_FORBIDDEN: "signInForbidden",
  M_USER_IN_USE: "signInUserInUse",
  M_INVALID_USERNAME: "signInInvalidUser",
  M_WEAK_PASSWORD: "signInWeakPassword",
  M_LIMIT_EXCEEDED: "signInLimited",
  unreachable: "signInUnreachable",
  unsupported: "signInUnsupported",
}

export const refusalText = (error: unknown, creating: boolean): string => {
  if (!(error instanceof SignInError)) throw error
  // On registration it says that the server takes no new people, in its own words.
  const known = creating && error.code === "M_FORBIDDEN" ? undefined : texts[error.code]
  return known === undefined ? t("signInFailed", { reason: error.message || error.code }) : t(known)
}
