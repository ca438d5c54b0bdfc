/** Sign in, with a password or through another provider, or make an account; and out again. */
import { Effect } from "effect"
import { localpartOf } from "@biz1/protocol/ids"
import { mayTakeUser } from "../../appservice/authority.ts"
import { Accounts } from "../../auth/Accounts.ts"
import { RegistrationTokens } from "../../auth/RegistrationTokens.ts"
import { checkPassword } from "../../client/register.ts"
import { ServerConfig } from "../../config.ts"
import { Browsers } from "../Browsers.ts"
import { html } from "./html.ts"
import { continueTo, form, page, redirect, withContinue } from "./operation.ts"
import { field, hidden, Page, refusal } from "./Page.ts"
import { say } from "./say.ts"

const signInPath = "/oauth2/sign-in"
const signUpPath = "/oauth2/sign-up"

interface Shown {
  readonly next: string
  readonly name?: string | undefined
  readonly problem?: string | undefined
}

/** Who may make an account here. A new server has to have its owner before it can have rules for others. */
const registrationOf = Effect.gen(function* () {
  return (yield* (yield* Accounts).isEmpty) ? "open" : (yield* ServerConfig).registration
})

const bdi = (text: string) => html`<bdi>${text}</bdi>`

const elsewhere = (provider: string, next: string) =>
  html`<p class="or">${say("or")}</p>
    <a class="button quiet" href="${withContinue("/oauth2/upstream", next)}"
      >${say("Continue with {provider}", { provider })}</a
    >`

const signInPage = Effect.fnUntraced(function* ({ next, name, problem }: Shown) {
  const { serverName, sso } = yield* ServerConfig
  const open = (yield* registrationOf) !== "closed"
  return new Page(
    say("Sign in"),
    html`<p class="lead">${say("With your account on {server}.", { server: bdi(serverName) })}</p>
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

const signUpPage = Effect.fnUntraced(function* ({ next, name, problem }: Shown) {
  const { serverName, sso } = yield* ServerConfig
  const registration = yield* registrationOf
  const lead = html`<p class="lead">${say("On {server}.", { server: bdi(serverName) })}</p>`
  const existing = html`<p class="other">
    ${say("You have an account?")} <a href="${withContinue(signInPath, next)}">${say("Sign in")}</a>
  </p>`
  if (registration === "closed") {
    return new Page(
      say("Create an account"),
      html`${lead} ${refusal("New accounts are made by the administrators of this server.")} ${existing}`,
      { status: 403 },
    )
  }
  return new Page(
    say("Create an account"),
    html`${lead}${refusal(problem)}
      <form method="post" action="${signUpPath}">
        ${hidden("continue", next)}
        ${field({ name: "user", label: say("User name"), value: name, autocomplete: "username", focus: true, hint: say("Letters a to z, digits and . _ - only. It cannot be changed.") })}
        ${field({ name: "password", label: say("Password"), type: "password", autocomplete: "new-password", hint: say("At least 8 characters.") })}
        ${registration === "token" && field({ name: "token", label: say("Registration token"), autocomplete: "off", hint: say("You have it from who runs this server.") })}
        <button class="button">${say("Create account")}</button>
      </form>
      ${sso !== undefined && elsewhere(sso.name, next)} ${existing}`,
    problem === undefined ? {} : { status: 400 },
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

export const showSignUp = page("showSignUp", signUpPath, ({ query }) =>
  signUpPage({ next: continueTo(query["continue"]) }),
)

export const signUp = form(
  "signUp",
  signUpPath,
  Effect.fnUntraced(function* ({ form }) {
    const next = continueTo(form.get("continue"))
    const name = form.get("user") ?? ""
    return yield* createAccount(name.trim().toLowerCase(), form.get("password") ?? "", form.get("token") ?? "").pipe(
      Effect.andThen((userId) => Effect.flatMap(Browsers, (browsers) => browsers.signIn(userId, next))),
      Effect.map((cookie) => redirect(next, { "set-cookie": cookie })),
      Effect.catch(({ error }) => signUpPage({ next, name, problem: error })),
    )
  }),
)

const createAccount = Effect.fnUntraced(function* (localpart: string, password: string, token: string) {
  const accounts = yield* Accounts
  const registration = yield* registrationOf
  if (registration === "closed") return yield* Effect.fail({ error: "New accounts are not made here" })
  const userId = yield* accounts.available(localpart)
  yield* mayTakeUser(userId)
  yield* checkPassword(password)
  if (registration === "token") yield* (yield* RegistrationTokens).use(token)
  yield* accounts.create(userId, { password, guest: false })
  return userId
})

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
