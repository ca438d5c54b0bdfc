/** Sign in, with a password or through another provider; and out again. */
import { Effect } from "effect"
import { localpartOf } from "@biz1/protocol/ids"
import { Accounts } from "../../auth/Accounts.ts"
import { registrationRules } from "../../auth/registration.ts"
import { ServerConfig } from "../../config.ts"
import { Browsers } from "../Browsers.ts"
import { html } from "./html.ts"
import { continueTo, form, page, redirect, withContinue } from "./operation.ts"
import { field, hidden, Page, refusal } from "./Page.ts"
import { say } from "./say.ts"
import { elsewhere, signInPath, signUpPath } from "./signInPaths.ts"

interface Shown {
  readonly next: string
  readonly name?: string | undefined
  readonly problem?: string | undefined
}

const signInPage = Effect.fnUntraced(function* ({ next, name, problem }: Shown) {
  const { serverName, sso } = yield* ServerConfig
  const open = (yield* registrationRules).registration !== "closed"
  return new Page(
    say("Sign in"),
    html`<p class="lead">${say("With your account on {server}.", { server: html`<bdi>${serverName}</bdi>` })}</p>
      ${refusal(problem)}
      <form method="post" action="${signInPath}">
        ${hidden("continue", next)}
        ${field({ name: "user", label: say("User name"), value: name, autocomplete: "username", focus: name === undefined })}
        ${field({ name: "password", label: say("Password"), type: "password", autocomplete: "current-password", focus: name !== undefined })}
        <button class="button">${say("Sign in")}</button>
      </form>
      ${sso !== undefined && elsewhere(sso.name, next)}
      ${
        open &&
        html`<p class="other">
          ${say("No account yet?")} <a href="${withContinue(signUpPath, next)}">${say("Create one")}</a>
        </p>`
      }`,
    problem === undefined ? {} : { status: 403 },
  )
})

export const showSignIn = page("showSignIn", signInPath, ({ query }) =>
  signInPage({ next: continueTo(query["continue"]), name: query["name"] }),
)

export const signIn = form(
  "signIn",
  signInPath,
  Effect.fnUntraced(function* ({ form }) {
    const next = continueTo(form.get("continue"))
    const name = form.get("user") ?? ""
    const accounts = yield* Accounts
    const userId = accounts.userIdOf(name.trim())
    return yield* accounts.verify(userId, form.get("password") ?? "").pipe(
      Effect.andThen((yield* Browsers).signIn(userId, next)),
      Effect.map((cookie) => redirect(next, { "set-cookie": cookie })),
      Effect.catch(({ error }) => signInPage({ next, name, problem: error })),
    )
  }),
)

export const signOut = form(
  "signOut",
  "/oauth2/sign-out",
  Effect.fnUntraced(function* ({ request, form }) {
    const browsers = yield* Browsers
    const who = yield* browsers.signedIn(request)
    const cookie = yield* browsers.signOut(request)
    const next = withContinue(signInPath, continueTo(form.get("continue")))
    const name = who === undefined ? "" : `&${new URLSearchParams({ name: localpartOf(who.userId) })}`
    return redirect(form.get("continue") === null ? `${next}${name}` : next, { "set-cookie": cookie })
  }),
)
