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

const signInPage = Effect.fnUntraced(function* ({ next, name, problem }: Shown) {
  const { serverName, sso } = yield* ServerConfig
  const open = (yield* registrationOf) !== "closed"
  return new Page(
    "Sign in",
    html`<p class="lead">With your account on <bdi>${serverName}</bdi>.</p>
      ${refusal(problem)}
      <form method="post" action="${signInPath}">
        ${hidden("continue", next)}
        ${field({ name: "user", label: "User name", value: name, autocomplete: "username", focus: name === undefined })}
        ${field({ name: "password", label: "Password", type: "password", autocomplete: "current-password", focus: name !== undefined })}
        <button class="button">Sign in</button>
      </form>
      ${
        sso !== undefined &&
        html`<p class="or">or</p>
          <a class="button quiet" href="${withContinue("/oauth2/upstream", next)}">Continue with ${sso.name}</a>`
      }
      ${open && html`<p class="other">No account yet? <a href="${withContinue(signUpPath, next)}">Create one</a></p>`}`,
    problem === undefined ? {} : { status: 403 },
  )
})

const signUpPage = Effect.fnUntraced(function* ({ next, name, problem }: Shown) {
  const { serverName, sso } = yield* ServerConfig
  const registration = yield* registrationOf
  const lead = html`<p class="lead">On <bdi>${serverName}</bdi>.</p>`
  const existing = html`<p class="other">
    You have an account? <a href="${withContinue(signInPath, next)}">Sign in</a>
  </p>`
  if (registration === "closed") {
    return new Page(
      "Create an account",
      html`${lead}
        <p class="refusal" role="alert">New accounts are made by the administrators of this server.</p>
        ${existing}`,
      { status: 403 },
    )
  }
  return new Page(
    "Create an account",
    html`${lead}${refusal(problem)}
      <form method="post" action="${signUpPath}">
        ${hidden("continue", next)}
        ${field({ name: "user", label: "User name", value: name, autocomplete: "username", focus: true, hint: "Letters a to z, digits and . _ - only. It cannot be changed." })}
        ${field({ name: "password", label: "Password", type: "password", autocomplete: "new-password", hint: "At least 8 characters." })}
        ${registration === "token" && field({ name: "token", label: "Registration token", autocomplete: "off", hint: "You have it from who runs this server." })}
        <button class="button">Create account</button>
      </form>
      ${
        sso !== undefined &&
        html`<p class="or">or</p>
          <a class="button quiet" href="${withContinue("/oauth2/upstream", next)}">Continue with ${sso.name}</a>`
      }
      ${existing}`,
    problem === undefined ? {} : { status: 400 },
  )
})

export const showSignIn = page("showSignIn", signInPath, ({ query }) =>
  Effect.map(signInPage({ next: continueTo(query["continue"]), name: query["name"] }), (shown) => shown.content()),
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
      Effect.catch(({ error }) => Effect.map(signInPage({ next, name, problem: error }), (shown) => shown.content())),
    )
  }),
)

export const showSignUp = page("showSignUp", signUpPath, ({ query }) =>
  Effect.map(signUpPage({ next: continueTo(query["continue"]) }), (shown) => shown.content()),
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
      Effect.catch(({ error }) => Effect.map(signUpPage({ next, name, problem: error }), (shown) => shown.content())),
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
