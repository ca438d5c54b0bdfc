/**
 * Where an authorisation becomes a person's business: first they sign in or make an account, then they say whether the
 * app may be signed in as them.
 */
import type { IncomingMessage } from "node:http"
import { Effect } from "effect"
import { Browsers, type SignedIn } from "../Browsers.ts"
import { OAuth } from "../OAuth.ts"
import { OAuthRecords } from "../OAuthRecords.ts"
import { ServerResponse } from "../../http/nodeHttp.ts"
import { deviceOf, matrixScopes } from "../scope.ts"
import { appName } from "./appName.ts"
import { html } from "./html.ts"
import { form, page, redirect, withContinue } from "./operation.ts"
import { notYou } from "./notYou.ts"
import { Page, person } from "./Page.ts"
import { problemPage } from "./problem.ts"
import { say } from "./say.ts"

const path = "/oauth2/interaction/:uid"
const expired = () => problemPage("This sign-in took too long, or it was begun in another browser.")

/** The interaction that the request's cookie is for. */
const interactionOf = Effect.fnUntraced(function* (request: IncomingMessage, uid: string | undefined) {
  const provider = yield* (yield* OAuth).provider
  const found = yield* Effect.promise(() =>
    provider.interactionDetails(request, new ServerResponse(request)).catch(() => undefined),
  )
  return found?.uid === uid ? found : undefined
})
type Interaction = Exclude<Effect.Success<ReturnType<typeof interactionOf>>, undefined>

/** Who was signed in before may not be whom the client wants, if it says so. */
const mayGoOn = ({ uid, params }: Interaction, who: SignedIn | undefined): who is SignedIn =>
  who !== undefined && (!/\b(?:login|create)\b/.test(String(params["prompt"] ?? "")) || who.cause === pathOf(uid))

const pathOf = (uid: string) => `/oauth2/interaction/${uid}`

export const showInteraction = page(
  "showInteraction",
  path,
  Effect.fnUntraced(function* ({ request, params }) {
    const interaction = yield* interactionOf(request, params["uid"])
    if (interaction === undefined) return expired()
    const here = pathOf(interaction.uid)
    const who = yield* (yield* Browsers).signedIn(request)
    if (!mayGoOn(interaction, who)) {
      if (interaction.prompt.name === "create") return redirect(withContinue("/oauth2/sign-up", here))
      const name = nameIn(String(interaction.params["login_hint"] ?? ""))
      return redirect(
        withContinue("/oauth2/sign-in", here) + (name === undefined ? "" : `&name=${encodeURIComponent(name)}`),
      )
    }

    const provider = yield* (yield* OAuth).provider
    const { client_id: clientId, redirect_uri: redirectUri, scope } = interaction.params
    const client = yield* Effect.promise(() => provider.Client.find(String(clientId)))
    const registered = yield* (yield* OAuthRecords).get("Client", String(clientId))
    const leadsTo = typeof redirectUri === "string" && interaction.deviceCode === undefined ? redirectUri : undefined
    return new Page(
      say("Continue to {app}?", { app: appName(registered?.content ?? {}) }),
      html`<p class="lead">
          ${say("It will be signed in as you: it can read and send your messages, and change your account.")}
        </p>
        ${person(who.userId)}
        <dl class="facts">
          ${
            client?.clientUri !== undefined &&
            html`<div>
              <dt>${say("App from")}</dt>
              <dd dir="ltr">${new URL(client.clientUri).host}</dd>
            </div>`
          }
          ${
            leadsTo !== undefined &&
            html`<div>
              <dt>${say("Leads back to")}</dt>
              <dd dir="ltr">${hostOf(leadsTo)}</dd>
            </div>`
          }
          <div>
            <dt>${say("Device")}</dt>
            <dd dir="ltr">${deviceOf(typeof scope === "string" ? scope : undefined)}</dd>
          </div>
        </dl>
        <form method="post" action="${here}">
          <div class="actions">
            <button class="button" name="answer" value="yes">${say("Continue")}</button>
            <button class="button quiet" name="answer" value="no">${say("Cancel")}</button>
          </div>
        </form>
        ${client !== undefined && legalLinks(client)} ${notYou(here)}`,
      { leadsTo },
    )
  }),
)

export const answerInteraction = form(
  "answerInteraction",
  path,
  Effect.fnUntraced(function* ({ request, params, form }) {
    const provider = yield* (yield* OAuth).provider
    const interaction = yield* interactionOf(request, params["uid"])
    const who = yield* (yield* Browsers).signedIn(request)
    if (interaction === undefined || !mayGoOn(interaction, who)) return expired()
    const answered = (result: Parameters<typeof provider.interactionResult>[2]) =>
      Effect.promise(() =>
        provider.interactionResult(request, new ServerResponse(request), result, { mergeWithLastSubmission: false }),
      )
    if (form.get("answer") !== "yes") {
      return redirect(yield* answered({ error: "access_denied", error_description: "The person did not want it" }))
    }

    const { client_id: clientId, scope, resource } = interaction.params
    const grant = new provider.Grant({ accountId: who.userId, clientId: String(clientId) })
    const asked = typeof scope === "string" ? scope : undefined
    if (asked?.split(" ").includes("openid")) grant.addOIDCScope("openid")
    grant.addResourceScope(String(resource), matrixScopes(asked).join(" "))
    const grantId = yield* Effect.promise(() => grant.save())
    const login = { accountId: who.userId, remember: false, ts: Math.floor(who.sinceMs / 1000) }
    return redirect(yield* answered({ login, consent: { grantId }, create: {} }))
  }),
)

/** Of an app that is no site, the scheme that it has for itself. */
const hostOf = (uri: string) => {
  const { host, protocol } = new URL(uri)
  return protocol === "https:" || protocol === "http:" ? host : protocol.slice(0, -1)
}

/** Registered with the app's own site alone. */
const legalLinks = ({
  tosUri,
  policyUri,
}: {
  readonly tosUri?: string | undefined
  readonly policyUri?: string | undefined
}) =>
  (tosUri ?? policyUri) !== undefined &&
  html`<p class="other">
    ${tosUri !== undefined && html`<a href="${tosUri}" rel="noreferrer">${say("Terms of the app")}</a>`}
    ${policyUri !== undefined && html`<a href="${policyUri}" rel="noreferrer">${say("Its privacy policy")}</a>`}
  </p>`

/** Whom a client would like to sign in, as `mxid:@alice:example.org` (MSC4198) or by name. */
const nameIn = (hint: string) => {
  const name = hint.startsWith("mxid:") ? hint.slice("mxid:".length) : hint
  return /^@?[a-z0-9._=\-/+]+(?::[^\s]+)?$/.test(name) ? name : undefined
}
