/** Where a person enters the code that a device without a browser shows. Spec: RFC 8628. */
import { paths } from "../metadata.ts"
import { appName } from "./appName.ts"
import { html } from "./html.ts"
import { hidden, Page, refusal } from "./Page.ts"
import { say } from "./say.ts"

export const codeEntryPage = (xsrf: string, problem: string | undefined) =>
  new Page(
    say("Connect a device"),
    html`<p class="lead">${say("Enter the code that your other device shows.")}</p>
      ${refusal(problem)}
      <form method="post" action="${paths.device}">
        ${hidden("xsrf", xsrf)}
        <div class="field">
          <label for="user_code">${say("Code")}</label>
          <input
            class="code"
            id="user_code"
            name="user_code"
            type="text"
            autocomplete="off"
            autocapitalize="characters"
            spellcheck="false"
            dir="ltr"
            required
            maxlength="32"
            autofocus
          />
        </div>
        <button class="button">${say("Continue")}</button>
      </form>`,
  )

export const codeConfirmPage = (xsrf: string, userCode: string, clientName: string) =>
  new Page(
    say("Is this your device?"),
    html`<p class="lead">${say("Go on only if you see the same code on a device that is in your hands.")}</p>
      <dl class="facts">
        <div>
          <dt>${say("App")}</dt>
          <dd dir="auto">${appName({ client_name: clientName })}</dd>
        </div>
        <div>
          <dt>${say("Code")}</dt>
          <dd dir="ltr">${userCode}</dd>
        </div>
      </dl>
      <form method="post" action="${paths.device}">
        ${hidden("xsrf", xsrf)}${hidden("user_code", userCode)}
        <div class="actions">
          <button class="button" name="confirm" value="yes">${say("It is mine")}</button>
          <button class="button quiet" name="abort" value="yes">${say("Cancel")}</button>
        </div>
      </form>`,
  )

export const codeDonePage = () =>
  new Page(
    say("Your device is signed in"),
    html`<p class="done" role="status">${say("You can go on there, and close this page.")}</p>`,
  )
