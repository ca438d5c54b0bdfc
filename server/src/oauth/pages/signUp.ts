/** Making an account: what the server's settings want shown and agreed to comes before it, or with it. */
import { Effect, Option } from "effect"
import { mayTakeUser } from "../../appservice/authority.ts"
import { Accounts } from "../../auth/Accounts.ts"
import { emailStage } from "../../auth/emailStage.ts"
import {
  checkToken,
  keepShown,
  redeemToken,
  registrationRules,
  type RegistrationRules,
  termsStage,
  tokenStage,
} from "../../auth/registration.ts"
import { checkPassword } from "../../client/register.ts"
import { ServerConfig } from "../../config.ts"
import { EmailValidations } from "../../mail/EmailValidations.ts"
import { Browsers } from "../Browsers.ts"
import { askForAddress, awaitLink, carriedMail, notYet, sendLink, sentIn } from "./emailSteps.ts"
import { html } from "./html.ts"
import { elsewhere, signInPath, signUpPath } from "./signInPaths.ts"
import { continueTo, form, page, redirect, withContinue } from "./operation.ts"
import { field, hidden, Page, refusal } from "./Page.ts"
import { say } from "./say.ts"
import { termsField } from "./termsField.ts"

interface Shown {
  readonly next: string
  readonly name?: string | undefined
  readonly problem?: string | undefined
  readonly sent?: ReturnType<typeof sentIn>
}

const signUpPage = Effect.fnUntraced(function* (
  { registration, terms }: RegistrationRules,
  { next, name, problem, sent }: Shown,
) {
  const { serverName, sso } = yield* ServerConfig
  const lead = html`<p class="lead">${say("On {server}.", { server: html`<bdi>${serverName}</bdi>` })}</p>`
  const existing = html`<p class="other">
    ${say("You have an account?")} <a href="${withContinue(signInPath, next)}">${say("Sign in")}</a>
  </p>`
  if (registration === "closed") {
    return new Page(
      say("Create an account"),
      html`${lead}${refusal("New accounts are made by the administrators of this server.")}${existing}`,
      { status: 403 },
    )
  }
  return new Page(
    say("Create an account"),
    html`${lead}${refusal(problem)}
      <form method="post" action="${signUpPath}">
        ${hidden("continue", next)}${sent !== undefined && carriedMail(sent)}
        ${field({ name: "user", label: say("User name"), value: name, autocomplete: "username", focus: true, hint: say("Letters a to z, digits and . _ - only. It cannot be changed.") })}
        ${field({ name: "password", label: say("Password"), type: "password", autocomplete: "new-password", hint: say("At least 8 characters.") })}
        ${registration === "token" && field({ name: "token", label: say("Registration token"), autocomplete: "off", hint: say("You have it from who runs this server.") })}
        ${terms !== undefined && termsField(terms)}
        <button class="button">${say("Create account")}</button>
      </form>
      ${sso !== undefined && elsewhere(sso.name, next)}${existing}`,
    problem === undefined ? {} : { status: 400 },
  )
})

/** The first step, where a mailbox is wanted. */
const emailPlace = (next: string) => ({ action: signUpPath, carried: hidden("continue", next) })

export const showSignUp = page(
  "showSignUp",
  signUpPath,
  Effect.fnUntraced(function* ({ query }) {
    const next = continueTo(query["continue"])
    const rules = yield* registrationRules
    if (rules.email === "required" && rules.registration !== "closed") return askForAddress(emailPlace(next))
    return yield* signUpPage(rules, { next })
  }),
)

export const signUp = form(
  "signUp",
  signUpPath,
  Effect.fnUntraced(function* ({ form }) {
    const next = continueTo(form.get("continue"))
    const rules = yield* registrationRules
    const [name, sent] = [form.get("user"), sentIn(form)]
    const email = form.get("email")
    if (rules.registration !== "closed" && rules.email === "required") {
      if (sent === undefined) return yield* sendLink("register", emailPlace(next), email ?? "")
      if (!(yield* (yield* EmailValidations).isConfirmed("register", sent))) {
        return awaitLink({ ...emailPlace(next), problem: notYet }, sent)
      }
      if (name === null) return yield* signUpPage(rules, { next, sent })
    }
    return yield* createAccount(rules, form).pipe(
      Effect.andThen((userId) => Effect.flatMap(Browsers, (browsers) => browsers.signIn(userId, next))),
      Effect.map((cookie) => redirect(next, { "set-cookie": cookie })),
      Effect.catch(({ error }) => signUpPage(rules, { next, name: name ?? "", problem: error, sent })),
    )
  }),
)

const createAccount = Effect.fnUntraced(function* (rules: RegistrationRules, form: URLSearchParams) {
  const { registration, email, terms } = rules
  const accounts = yield* Accounts
  if (registration === "closed") return yield* Effect.fail({ error: "New accounts are not made here" })
  const userId = yield* accounts.available((form.get("user") ?? "").trim().toLowerCase())
  yield* mayTakeUser(userId)
  const password = form.get("password") ?? ""
  yield* checkPassword(password)
  if (terms !== undefined && form.get("agreed") !== "yes")
    return yield* Effect.fail({ error: "You must agree to go on." })
  const shown: Record<string, string> = terms === undefined ? {} : { [termsStage]: "" }
  if (registration === "token") shown[tokenStage] = yield* checkToken((form.get("token") ?? "").trim())
  const sent = sentIn(form)
  if (email === "required" && sent !== undefined) {
    const address = yield* (yield* EmailValidations).take("register", sent)
    if (Option.isNone(address)) return yield* Effect.fail({ error: notYet })
    shown[emailStage] = address.value
  }
  yield* redeemToken(shown)
  yield* accounts.create(userId, { password, guest: false })
  yield* keepShown(userId, shown, rules)
  return userId
})
