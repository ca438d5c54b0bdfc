/** Where a person enters the code that a device without a browser shows. Spec: RFC 8628. */
import { paths } from "../metadata.ts"
import { html } from "./html.ts"
import { hidden, Page, refusal } from "./Page.ts"

export const codeEntryPage = (xsrf: string, problem: string | undefined) =>
  new Page(
    "Connect a device",
    html`<p class="lead">Enter the code that your other device shows.</p>
      ${refusal(problem)}
      <form method="post" action="${paths.device}">
        ${hidden("xsrf", xsrf)}
        <div class="field">
          <label for="user_code">Code</label>
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
        <button class="button">Continue</button>
      </form>`,
  )

export const codeConfirmPage = (xsrf: string, userCode: string, clientName: string) =>
  new Page(
    "Is this your device?",
    html`<p class="lead">Go on only if you see the same code on a device that is in your hands.</p>
      <dl class="facts">
        <div>
          <dt>App</dt>
          <dd dir="auto">${clientName}</dd>
        </div>
        <div>
          <dt>Code</dt>
          <dd dir="ltr">${userCode}</dd>
        </div>
      </dl>
      <form method="post" action="${paths.device}">
        ${hidden("xsrf", xsrf)}${hidden("user_code", userCode)}
        <div class="actions">
          <button class="button" name="confirm" value="yes">It is mine</button>
          <button class="button quiet" name="abort" value="yes">Cancel</button>
        </div>
      </form>`,
  )

export const codeDonePage = () =>
  new Page(
    "Your device is signed in",
    html`<p class="done" role="status">You can go on there, and close this page.</p>`,
  )
