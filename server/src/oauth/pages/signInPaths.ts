/** The ways to an account, which lead to one another. */
import { html } from "./html.ts"
import { withContinue } from "./operation.ts"
import { say } from "./say.ts"

export const signInPath = "/oauth2/sign-in"
export const signUpPath = "/oauth2/sign-up"

/** With another provider. */
export const elsewhere = (provider: string, next: string) =>
  html`<p class="or">${say("or")}</p>
    <a class="button quiet" href="${withContinue("/oauth2/upstream", next)}"
      >${say("Continue with {provider}", { provider })}</a
    >`
