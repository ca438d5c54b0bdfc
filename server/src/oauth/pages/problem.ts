/** Says why a sign-in cannot go on. */
import { html } from "./html.ts"
import { Page, refusal } from "./Page.ts"
import { say } from "./say.ts"

export const problemPage = (sentence: string, status = 400) =>
  new Page(
    say("That did not work"),
    html`${refusal(sentence)}
      <p class="other">${say("Go back to the app, and start again there.")}</p>`,
    { status },
  )

export const tooOftenPage = (waitMs: number) => {
  const seconds = String(Math.ceil(waitMs / 1000))
  return new Page(
    say("Wait a moment"),
    html`${refusal("You are doing this too often")}
      <p class="other">${say("Try again in {seconds} seconds.", { seconds })}</p>`,
    { status: 429, headers: { "retry-after": seconds } },
  )
}
