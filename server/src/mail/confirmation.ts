/**
 * The page that a mail's link opens. Opening it confirms nothing, as programs that look for viruses open links, too: the
 * person presses the button.
 */
import { Effect, Option } from "effect"
import { html } from "../oauth/pages/html.ts"
import { form, page, redirect } from "../oauth/pages/operation.ts"
import { hidden, Page } from "../oauth/pages/Page.ts"
import { say } from "../oauth/pages/say.ts"
import { confirmPath, EmailValidations } from "./EmailValidations.ts"

const spentPage = () =>
  new Page(
    say("This link is not valid any more"),
    html`<p class="lead">${say("It was used already, or an hour has passed.")}</p>
      <p class="other">${say("Go back to the app, and ask for a new mail.")}</p>`,
    { status: 404 },
  )

export const showEmailConfirmation = page(
  "showEmailConfirmation",
  confirmPath,
  Effect.fnUntraced(function* ({ query: { token = "" } }) {
    const address = yield* (yield* EmailValidations).awaiting(token)
    if (Option.isNone(address)) return spentPage()
    return new Page(
      say("Confirm your email address"),
      html`<p class="lead"><bdi>${address.value}</bdi></p>
        <form method="post" action="${confirmPath}">
          ${hidden("token", token)}
          <button class="button">${say("Confirm")}</button>
        </form>
        <p class="other">${say("You asked for nothing? Then close this page.")}</p>`,
    )
  }),
)

export const confirmEmail = form(
  "confirmEmail",
  confirmPath,
  Effect.fnUntraced(function* ({ form: given }) {
    const confirmed = yield* (yield* EmailValidations).confirm(given.get("token") ?? "")
    if (Option.isNone(confirmed)) return spentPage()
    const { nextLink } = confirmed.value
    if (nextLink !== undefined) return redirect(nextLink)
    return new Page(
      say("Thank you"),
      html`<p class="lead">${say("Your email address is confirmed.")}</p>
        <p class="other">${say("You can close this page, and go on in the app.")}</p>`,
    )
  }),
)
