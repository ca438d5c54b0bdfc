/** The way to another account, on a page that would go on with the one that is signed in. */
import { html } from "./html.ts"
import { withContinue } from "./operation.ts"
import { say } from "./say.ts"

export const notYou = (here: string) =>
  html`<p class="other">
    ${say("Not you?")} <a href="${withContinue("/oauth2/sign-in", here)}">${say("Use another account")}</a>
  </p>`
