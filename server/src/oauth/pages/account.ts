/**
 * Where people look after their account: their name, their devices, their encryption identity, its end. Clients link to
 * it with an action. Spec: client-server API, "Account management URL discovery".
 */
import { Clock, Effect } from "effect"
import type { DeviceId } from "@biz1/protocol/ids"
import { localpartOf } from "@biz1/protocol/ids"
import { Accounts } from "../../auth/Accounts.ts"
import { Moderation } from "../../auth/Moderation.ts"
import { Sessions } from "../../auth/Sessions.ts"
import { refuseSuspended } from "../../auth/standing.ts"
import { deactivate } from "../../client/account.ts"
import { checkPassword } from "../../client/register.ts"
import { setDisplayName } from "../../client/profileField.ts"
import { DeviceStore } from "../../store/DeviceStore.ts"
import { ProfileStore } from "../../store/ProfileStore.ts"
import { approveReset } from "../crossSigningReset.ts"
import { Browsers, type SignedIn } from "../Browsers.ts"
import { accountActions, deviceActions, paths } from "../metadata.ts"
import {
  deactivatePage,
  devicePage,
  donePage,
  overviewPage,
  passwordPage,
  refusedPage,
  resetPage,
} from "./accountPages.ts"
import { form, page, redirect, type Shown, withContinue } from "./operation.ts"
import { say } from "./say.ts"

/** What cannot be undone is asked of those alone who have just shown who they are. */
const freshMs = 10 * 60_000

const signInFor = (here: string, who: SignedIn | undefined) =>
  redirect(
    withContinue("/oauth2/sign-in", here) +
      (who === undefined ? "" : `&name=${encodeURIComponent(localpartOf(who.userId))}`),
  )

const isFresh = Effect.fnUntraced(function* (who: SignedIn) {
  return (yield* Clock.currentTimeMillis) - who.sinceMs < freshMs
})

export const showAccount = page(
  "showAccount",
  paths.account,
  Effect.fnUntraced(function* ({ request, query }) {
    const { action, device_id: deviceId } = query
    const who = yield* (yield* Browsers).signedIn(request)
    const here = request.url ?? paths.account
    if (who === undefined) return signInFor(here, undefined)
    const grave = action === accountActions.deactivate || action === accountActions.resetCrossSigning
    if (grave && !(yield* isFresh(who))) return signInFor(here, who)
    if (action === accountActions.deactivate) return deactivatePage(who)
    if (action === accountActions.resetCrossSigning) return resetPage(who)

    const devices = yield* (yield* DeviceStore).ofUser(who.userId)
    const device = deviceActions.has(action ?? "") ? devices.find(({ device_id: id }) => id === deviceId) : undefined
    if (device !== undefined) return devicePage(device)
    const profile = yield* (yield* ProfileStore).find(who.userId)
    const name = profile?.["displayname"]
    return overviewPage(who, typeof name === "string" ? name : "", devices)
  }),
)

/** Runs for who is signed in; for something grave only if they have just done so. */
const asSignedIn = <R>(
  operationId: string,
  path: string,
  grave: boolean,
  run: (who: SignedIn, form: URLSearchParams) => Effect.Effect<Shown, { readonly error: string }, R>,
) =>
  form(
    operationId,
    `${paths.account}${path}`,
    Effect.fnUntraced(function* ({ request, form }) {
      const who = yield* (yield* Browsers).signedIn(request)
      if (who === undefined || (grave && !(yield* isFresh(who)))) return signInFor(paths.account, who)
      return yield* run(who, form).pipe(Effect.catch(({ error }) => Effect.succeed(refusedPage(error))))
    }),
  )

export const saveProfile = asSignedIn(
  "saveAccountProfile",
  "/profile",
  false,
  Effect.fnUntraced(function* (who, form) {
    const measures = yield* (yield* Moderation).of(who.userId)
    if (measures?.suspended === true) return yield* refuseSuspended
    yield* setDisplayName(who.userId, form.get("name") ?? "")
    return redirect(paths.account)
  }),
)

export const endDevice = asSignedIn(
  "endAccountDevice",
  "/device",
  false,
  Effect.fnUntraced(function* (who, form) {
    yield* (yield* Sessions).end(who.userId, { devices: [form.get("device_id") as DeviceId] })
    return redirect(paths.account)
  }),
)

export const allowReset = asSignedIn(
  "allowCrossSigningReset",
  "/reset",
  true,
  Effect.fnUntraced(function* (who) {
    yield* approveReset(who.userId)
    return donePage(say("Go on in the app"), say("For ten minutes the app can make you a new encryption identity."))
  }),
)

export const endAccount = asSignedIn(
  "endAccount",
  "/deactivate",
  true,
  Effect.fnUntraced(function* (who, form) {
    yield* deactivate(who.userId, form.get("erase") === "yes")
    return donePage(say("Your account is deactivated"), say("You have left all your rooms. Goodbye."))
  }),
)

export const showPassword = page(
  "showAccountPassword",
  `${paths.account}/password`,
  Effect.fnUntraced(function* ({ request }) {
    const who = yield* (yield* Browsers).signedIn(request)
    if (who === undefined || !(yield* isFresh(who))) return signInFor(`${paths.account}/password`, who)
    return passwordPage()
  }),
)

export const changePassword = asSignedIn(
  "changeAccountPassword",
  "/password",
  true,
  Effect.fnUntraced(function* (who, form) {
    const password = form.get("password") ?? ""
    yield* checkPassword(password)
    yield* (yield* Accounts).setPassword(who.userId, password)
    if (form.get("everywhere") === "yes") yield* (yield* Sessions).end(who.userId, { except: undefined })
    return donePage(say("Your password is changed"), say("Use the new one wherever you sign in next."))
  }),
)
