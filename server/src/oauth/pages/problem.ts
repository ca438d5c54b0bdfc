/** Says why a sign-in cannot go on. */
import { html } from "./html.ts"
import { Page } from "./Page.ts"

export const problemPage = (sentence: string, status = 400) =>
  new Page(
    "That did not work",
    html`<p class="refusal" role="alert" dir="auto">${sentence}</p>
      <p class="other">Go back to the app, and start again there.</p>`,
    { status },
  )
