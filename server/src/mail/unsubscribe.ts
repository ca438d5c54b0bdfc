/** The page that ends mail about what is unread. Opening it ends nothing: the person presses the button. */
import { Effect } from "effect"
import { html } from "../oauth/pages/html.ts"
import { form, page } from "../oauth/pages/operation.ts"
import { hidden, Page } from "../oauth/pages/Page.ts"
import { say } from "../oauth/pages/say.ts"
import { unsubscribePath } from "../push/EmailDigests.ts"
import { PusherStore } from "../store/PusherStore.ts"

export const showUnsubscribe = page("showUnsubscribe", unsubscribePath, ({ query: { token = "" } }) =>
  Effect.succeed(
    new Page(
      say("Emails about unread messages"),
      html`<p class="lead">${say("Shall they stop?")}</p>
        <form method="post" action="${unsubscribePath}">
          ${hidden("token", token)}
          <button class="button">${say("Stop them")}</button>
        </form>`,
    ),
  ),
)

export const unsubscribe = form(
  "unsubscribe",
  unsubscribePath,
  Effect.fnUntraced(function* ({ form: given }) {
    yield* (yield* PusherStore).unsubscribe(given.get("token") ?? "")
    return new Page(say("Thank you"), html`<p class="lead">${say("You get no more of these emails.")}</p>`)
  }),
)
