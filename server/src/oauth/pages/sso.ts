/**
 * Where a client without OAuth 2.0 is sent back to, with a login token in the URL. Whoever holds the token is logged in,
 * so a person is asked before it leaves. Spec: client-server API, "SSO client login/authentication".
 */
import { Effect } from "effect"
import { LoginTokens } from "../../auth/LoginTokens.ts"
import { Browsers } from "../Browsers.ts"
import { html } from "./html.ts"
import { notYou } from "./notYou.ts"
import { form, page, redirect, withContinue } from "./operation.ts"
import { hidden, Page, person } from "./Page.ts"
import { problemPage } from "./problem.ts"
import { say } from "./say.ts"

const path = "/oauth2/sso"

/** Undefined where a browser would run it instead of going there. */
export const clientUrlOf = (text: string | null | undefined) => {
  const url = text === null || text === undefined ? null : URL.parse(text)
  return url === null || /^(?:javascript|data|vbscript|blob|file|about):$/.test(url.protocol) ? undefined : url
}

export const ssoPage = (redirectUrl: string) => `${path}?${new URLSearchParams({ redirectUrl })}`

export const showSso = page(
  "showSso",
  path,
  Effect.fnUntraced(function* ({ request, query }) {
    const url = clientUrlOf(query["redirectUrl"])
    if (url === undefined) return problemPage("The app has not said where to go on.")
    const here = ssoPage(url.href)
    const who = yield* (yield* Browsers).signedIn(request)
    if (who === undefined) return redirect(withContinue("/oauth2/sign-in", here))
    return new Page(
      say("Continue to the app?"),
      html`<p class="lead">${say("It will be signed in as you. Go on only if you have just come from there.")}</p>
        <dl class="facts">
          <div>
            <dt>${say("App at")}</dt>
            <dd dir="ltr">${url.host === "" ? url.protocol : url.host}</dd>
          </div>
        </dl>
        ${person(who.userId)}
        <form method="post" action="${path}">
          ${hidden("redirectUrl", url.href)}
          <button class="button">${say("Continue")}</button>
        </form>
        ${notYou(here)}`,
      { leadsTo: url.href },
    )
  }),
)

export const answerSso = form(
  "answerSso",
  path,
  Effect.fnUntraced(function* ({ request, form }) {
    const url = clientUrlOf(form.get("redirectUrl"))
    const who = yield* (yield* Browsers).signedIn(request)
    if (url === undefined || who === undefined) return problemPage("This sign-in took too long.")
    const { login_token: token } = yield* (yield* LoginTokens).issue(who.userId)
    url.searchParams.append("loginToken", token)
    return redirect(url.href)
  }),
)
