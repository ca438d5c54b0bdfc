/** Every page, and every form on one. */
import * as account from "./account.ts"
import * as interaction from "./interaction.ts"
import * as signIn from "./signIn.ts"
import { answerStage, showStage } from "./stages.ts"
import { showSignUp, signUp } from "./signUp.ts"
import { answerSso, showSso } from "./sso.ts"
import * as upstream from "./upstream.ts"

export const oauthPages = [
  ...Object.values(account),
  ...Object.values(interaction),
  ...Object.values(signIn),
  ...Object.values(upstream),
  answerSso,
  answerStage,
  showSignUp,
  showSso,
  showStage,
  signUp,
]
