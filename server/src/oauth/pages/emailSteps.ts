/** Showing on a page that an address is one's own: it is typed, a mail brings a link, and the page goes on. */
import { randomBytes } from "node:crypto"
import { Effect } from "effect"
import type { Credentials, Purpose } from "../../mail/EmailValidations.ts"
import { requestMail } from "../../mail/requestMail.ts"
import { type Html, html } from "./html.ts"
import { field, hidden, Page, refusal } from "./Page.ts"
import { say } from "./say.ts"

/** The form's own address, and what it carries along. */
export interface Place {
  readonly action: string
  readonly carried: Html
  readonly problem?: string | undefined
  /** Of the pages. */
  readonly toOpener?: boolean
}

const optionsOf = ({ problem, toOpener = false }: Place) => ({
  toOpener,
  ...(problem === undefined ? {} : { status: 400 }),
})

export const askForAddress = (place: Place) => {
  const { action, carried, problem } = place
  return new Page(
    say("Email address"),
    html`<p class="lead">${say("We send you a link to confirm that it is yours.")}</p>
      ${refusal(problem)}
      <form method="post" action="${action}">
        ${carried}
        ${field({ name: "email", label: say("Email address"), type: "email", autocomplete: "email", focus: true })}
        <button class="button">${say("Send me the link")}</button>
      </form>`,
    optionsOf(place),
  )
}

interface Sent extends Credentials {
  readonly address: string
}

export const awaitLink = (place: Place, sent: Sent) => {
  const { action, carried, problem } = place
  return new Page(
    say("Check your mail"),
    html`<p class="lead">
        ${say("Open the link that we sent to {address}, then continue here.", { address: html`<bdi>${sent.address}</bdi>` })}
      </p>
      ${refusal(problem)}
      <form method="post" action="${action}">
        ${carried}${carriedMail(sent)}
        <button class="button">${say("Continue")}</button>
      </form>`,
    optionsOf(place),
  )
}

export const carriedMail = ({ sid, clientSecret, address }: Sent) =>
  html`${hidden("sid", sid)}${hidden("client_secret", clientSecret)}${hidden("address", address)}`

/** What a form carries of a mail that was sent. */
export const sentIn = (form: URLSearchParams): Sent | undefined => {
  const [sid, clientSecret, address] = [form.get("sid"), form.get("client_secret"), form.get("address")]
  return sid === null || clientSecret === null || sid.includes("\0") || clientSecret.includes("\0")
    ? undefined
    : { sid, clientSecret, address: address ?? "" }
}

/** Sends the mail, and waits; or says why not. */
export const sendLink = (purpose: Purpose, place: Place, email: string) => {
  const clientSecret = randomBytes(24).toString("hex")
  return requestMail(purpose, { client_secret: clientSecret, email: email.trim(), send_attempt: 1 }).pipe(
    Effect.map(({ sid }) => awaitLink(place, { sid, clientSecret, address: email.trim() })),
    Effect.catch(({ error }) => Effect.succeed(askForAddress({ ...place, problem: error }))),
  )
}

export const notYet = "The link has not been opened yet."
