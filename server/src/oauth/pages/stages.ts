/**
 * Stages of interactive authentication in a browser, for apps that do not know them: each has a page, and when it is
 * passed the page tells the app. Spec: client-server API, "User-Interactive Authentication API", "Fallback".
 */
import { Effect, Option } from "effect"
import { emailStage } from "../../auth/emailStage.ts"
import { Interactive, type OpenSession } from "../../auth/Interactive.ts"
import { ssoStage } from "../../auth/ownIdentity.ts"
import { checkToken, dummyStage, termsStage, tokenStage } from "../../auth/registration.ts"
import { ServerConfig } from "../../config.ts"
import { EmailValidations, type Purpose } from "../../mail/EmailValidations.ts"
import { resetStages } from "../crossSigningReset.ts"
import { accountActions, paths } from "../metadata.ts"
import { Browsers } from "../Browsers.ts"
import { askForAddress, awaitLink, notYet, sendLink, sentIn } from "./emailSteps.ts"
import { html } from "./html.ts"
import { form, page, redirect, withContinue } from "./operation.ts"
import { field, hidden, Page, person, refusal } from "./Page.ts"
import { problemPage } from "./problem.ts"
import { say } from "./say.ts"
import { termsField } from "./termsField.ts"

const path = "/_matrix/client/v3/auth/:type/fallback/web"

const pathOf = (type: string) => path.replace(":type", encodeURIComponent(type))
const carried = (session: string) => hidden("session", session)

/** The session, where it asks for that stage. */
const openFor = Effect.fnUntraced(function* (type: string | undefined, session: string | null | undefined) {
  const open = yield* (yield* Interactive).open(session ?? "")
  return open !== undefined && type !== undefined && open.stages.includes(type) ? { open, type } : undefined
})

const gonePage = () => problemPage("This took too long, or it is not asked for here.", 404)

/** The app has opened this page in a window of its own, and waits to hear. */
const passedPage = () =>
  new Page(
    say("Done"),
    html`<p class="done" role="status">${say("You can close this page, and go on in the app.")}</p>`,
    {
      script: `if (window.onAuthDone) window.onAuthDone()
else if (window.opener && window.opener.postMessage) window.opener.postMessage("authDone", "*")`,
      toOpener: true,
    },
  )

const pass = Effect.fnUntraced(function* ({ id }: OpenSession, type: string, shown?: string) {
  yield* (yield* Interactive).fulfil(id, type, shown)
  return passedPage()
})

const termsPage = Effect.fnUntraced(function* (session: string, problem?: string) {
  const { terms = {} } = yield* ServerConfig
  return new Page(
    say("Terms of this server"),
    html`${refusal(problem)}
      <form method="post" action="${pathOf(termsStage)}">
        ${carried(session)}${termsField(terms)}
        <button class="button">${say("Continue")}</button>
      </form>`,
    { toOpener: true, ...(problem === undefined ? {} : { status: 400 }) },
  )
})

const tokenPage = (session: string, problem?: string) =>
  new Page(
    say("Registration token"),
    html`${refusal(problem)}
      <form method="post" action="${pathOf(tokenStage)}">
        ${carried(session)}
        ${field({ name: "token", label: say("Registration token"), autocomplete: "off", focus: true, hint: say("You have it from who runs this server.") })}
        <button class="button">${say("Continue")}</button>
      </form>`,
    { toOpener: true, ...(problem === undefined ? {} : { status: 401 }) },
  )

const emailPlace = (session: string) => ({ action: pathOf(emailStage), carried: carried(session), toOpener: true })
const purposeOf = ({ operation }: OpenSession): Purpose => (operation.endsWith("/register") ? "register" : "password")

/** Whoever begins the request must be the one who has just signed in elsewhere for it. */
const signedInFor = Effect.fnUntraced(function* (
  open: OpenSession,
  request: Parameters<Browsers["Service"]["signedIn"]>[0],
) {
  const here = `${pathOf(ssoStage)}?${new URLSearchParams({ session: open.id })}`
  const who = yield* (yield* Browsers).signedIn(request)
  if (who?.cause !== here) return redirect(withContinue("/oauth2/upstream", here))
  return who.userId === open.userId ? undefined : problemPage("You have signed in with another account.", 403)
})

const ssoPage = (open: OpenSession) =>
  new Page(
    say("Confirm that it is you"),
    html`<p class="lead">${say("An app wants to change something about your account that needs your consent.")}</p>
      ${open.userId !== undefined && person(open.userId)}
      <p class="other">${say("Go on only if you have just asked for it.")}</p>
      <form method="post" action="${pathOf(ssoStage)}">
        ${carried(open.id)}
        <button class="button">${say("Confirm")}</button>
      </form>`,
    { toOpener: true },
  )

export const showStage = page(
  "showStage",
  path,
  Effect.fnUntraced(function* ({ params, query, request }) {
    const found = yield* openFor(params["type"], query["session"])
    if (found === undefined) return gonePage()
    const { open, type } = found
    if (Object.hasOwn(open.passed, type)) return passedPage()
    if (resetStages.some((stage) => stage === type)) {
      return redirect(`${paths.account}?${new URLSearchParams({ action: accountActions.resetCrossSigning })}`)
    }
    switch (type) {
      case dummyStage:
        return yield* pass(open, type)
      case termsStage:
        return yield* termsPage(open.id)
      case tokenStage:
        return tokenPage(open.id)
      case emailStage:
        return askForAddress(emailPlace(open.id))
      case ssoStage:
        return (yield* signedInFor(open, request)) ?? ssoPage(open)
      default:
        // A password is the app's own to ask for.
        return gonePage()
    }
  }),
)

export const answerStage = form(
  "answerStage",
  path,
  Effect.fnUntraced(function* ({ params, request, form }) {
    const found = yield* openFor(params["type"], form.get("session"))
    if (found === undefined) return gonePage()
    const { open, type } = found
    switch (type) {
      case termsStage:
        return form.get("agreed") === "yes"
          ? yield* pass(open, type)
          : yield* termsPage(open.id, "You must agree to go on.")
      case tokenStage:
        return yield* checkToken((form.get("token") ?? "").trim()).pipe(
          Effect.andThen((token) => pass(open, type, token)),
          Effect.catch(({ error }) => Effect.succeed(tokenPage(open.id, error))),
        )
      case emailStage: {
        const [place, purpose, sent] = [emailPlace(open.id), purposeOf(open), sentIn(form)]
        if (sent === undefined) return yield* sendLink(purpose, place, form.get("email") ?? "")
        const address = yield* (yield* EmailValidations).take(purpose, sent)
        return Option.isNone(address)
          ? awaitLink({ ...place, problem: notYet }, sent)
          : yield* pass(open, type, address.value)
      }
      case ssoStage:
        return (yield* signedInFor(open, request)) ?? (yield* pass(open, type))
      default:
        return gonePage()
    }
  }),
)
