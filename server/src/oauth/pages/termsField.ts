/** The policies of this server, to be read and agreed to, each in the reader's language where there is one. */
import { type Terms, wordingFor } from "../../auth/terms.ts"
import { Html, html } from "./html.ts"
import { say } from "./say.ts"

export const termsField = (terms: Terms) =>
  html`<div>
      <p class="lead">${say("You agree to these before you go on.")}</p>
      <ul class="facts">
        ${Object.values(terms).map(
          (policy) =>
            new Html((language) => {
              const { name, url } = wordingFor(policy, language)
              return html`<li dir="auto">
                <a href="${url}" target="_blank" rel="noopener noreferrer">${name}</a>
              </li>`.in(language)
            }),
        )}
      </ul>
    </div>
    <label class="check"
      ><input type="checkbox" name="agreed" value="yes" required /> <span>${say("I agree.")}</span></label
    >`
