/**
 * Where people look after their account: their name, their devices, their encryption identity, its end. Clients link to
 * it with an action. Spec: client-server API, "Account management URL discovery".
 */
import { Clock, Effect } from "effect"
import type { DeviceId } from "@biz1/protocol/ids"
import { localpartOf } from "@biz1/protocol/ids"
import { Sessions } from "../../auth/Sessions.ts"
import { deactivate } from "../../client/account.ts"
import { setDisplayName } from "../../client/profileField.ts"
import type { Content } from "../../http/Handler.ts"
import { type Device, DeviceStore } from "../../store/DeviceStore.ts"
import { ProfileStore } from "../../store/ProfileStore.ts"
import { approveReset } from "../crossSigningReset.ts"
import { Browsers, type SignedIn } from "../Browsers.ts"
import { accountActions, paths } from "../metadata.ts"
import { html } from "./html.ts"
import { form, page, redirect, withContinue } from "./operation.ts"
import { hidden, Page, refusal } from "./Page.ts"

/** What cannot be undone is asked of those alone who have just shown who they are. */
const freshMs = 10 * 60_000

const linkTo = (action: string, device?: string) =>
  `${paths.account}?${new URLSearchParams({ action, ...(device === undefined ? {} : { device_id: device }) })}`

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
    if (action === accountActions.deactivate) return deactivatePage(who).content()
    if (action === accountActions.resetCrossSigning) return resetPage(who).content()

    const devices = yield* (yield* DeviceStore).ofUser(who.userId)
    const device = devices.find(({ device_id: id }) => id === deviceId)
    if (device !== undefined) return devicePage(device).content()
    const profile = yield* (yield* ProfileStore).find(who.userId)
    const name = profile?.["displayname"]
    return overviewPage(who, typeof name === "string" ? name : "", devices, undefined).content()
  }),
)

const overviewPage = (who: SignedIn, name: string, devices: ReadonlyArray<Device>, problem: string | undefined) =>
  new Page(
    "Your account",
    html`<p class="lead"><bdi>${who.userId}</bdi></p>
      ${refusal(problem)}
      <form method="post" action="${paths.account}/profile">
        <div class="field">
          <label for="name">Your name, as others see it</label>
          <input id="name" name="name" type="text" value="${name}" autocomplete="name" dir="auto" maxlength="256" />
        </div>
        <button class="button quiet">Save</button>
      </form>
      <h2>Your devices</h2>
      ${
        devices.length === 0
          ? html`<p class="lead">You are signed in nowhere else.</p>`
          : html`<ul class="rows">
              ${devices.map(deviceRow)}
            </ul>`
      }
      <h2>More</h2>
      <ul class="rows">
        <li>
          <span
            ><strong>Encryption identity</strong
            ><span class="meta">Lost all your devices and your recovery key?</span></span
          >
          <a class="button quiet small" href="${linkTo(accountActions.resetCrossSigning)}">Reset</a>
        </li>
        <li>
          <span><strong>This browser</strong><span class="meta">Your devices stay signed in.</span></span>
          <form method="post" action="/oauth2/sign-out"><button class="button quiet small">Sign out</button></form>
        </li>
        <li>
          <span><strong>Deactivate account</strong><span class="meta">For good.</span></span>
          <a class="button quiet small" href="${linkTo(accountActions.deactivate)}">Deactivate</a>
        </li>
      </ul>`,
    { wide: true, ...(problem === undefined ? {} : { status: 400 }) },
  )

const deviceRow = (device: Device) =>
  html`<li>
    <span
      ><strong dir="auto">${device.display_name ?? device.device_id}</strong>
      <span class="meta"><bdi>${device.device_id}</bdi>${seen(device)}</span></span
    >
    <a
      class="button quiet small"
      href="${linkTo(accountActions.deviceView, device.device_id)}"
      aria-label="Details of ${device.display_name ?? device.device_id}"
      >Details</a
    >
  </li>`

const seen = ({ last_seen_ts: seenMs, last_seen_ip: ip }: Device) =>
  seenMs === undefined
    ? undefined
    : html` · last seen
        <time datetime="${new Date(seenMs).toISOString()}">${dayOf(seenMs)}</time
        >${ip !== undefined && html` from <bdi>${ip}</bdi>`}`

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace("T", " ") + " UTC"

const back = html`<p class="other"><a href="${paths.account}">Back to your account</a></p>`

const devicePage = (device: Device) =>
  new Page(
    device.display_name ?? device.device_id,
    html`<dl class="facts">
        <div>
          <dt>Device</dt>
          <dd><bdi>${device.device_id}</bdi></dd>
        </div>
        ${
          device.last_seen_ts !== undefined &&
          html`<div>
            <dt>Last seen</dt>
            <dd>${dayOf(device.last_seen_ts)}</dd>
          </div>`
        }
        ${
          device.last_seen_ip !== undefined &&
          html`<div>
            <dt>From</dt>
            <dd><bdi>${device.last_seen_ip}</bdi></dd>
          </div>`
        }
      </dl>
      <form method="post" action="${paths.account}/device">
        ${hidden("device_id", device.device_id)}
        <button class="button grave">Sign this device out</button>
      </form>
      ${back}`,
  )

const resetPage = (who: SignedIn) =>
  new Page(
    "Reset your encryption identity?",
    html`<p class="lead">Only if you have lost every device that is signed in, and your recovery key.</p>
      <ul class="facts">
        <li>Your account, contacts and rooms stay as they are.</li>
        <li>Encrypted messages that only the old identity can read are lost.</li>
        <li>People who have verified you are asked to do it again.</li>
      </ul>
      <p class="person">
        <strong dir="auto">${localpartOf(who.userId)}</strong><span class="meta"><bdi>${who.userId}</bdi></span>
      </p>
      <form method="post" action="${paths.account}/reset"><button class="button grave">Allow the reset</button></form>
      ${back}`,
  )

const deactivatePage = (who: SignedIn) =>
  new Page(
    "Deactivate your account?",
    html`<p class="lead">
        You leave all your rooms, and are signed out everywhere. It cannot be undone, and nobody will have your user
        name again.
      </p>
      <p class="person">
        <strong dir="auto">${localpartOf(who.userId)}</strong><span class="meta"><bdi>${who.userId}</bdi></span>
      </p>
      <form method="post" action="${paths.account}/deactivate">
        <label class="check"
          ><input type="checkbox" name="erase" value="yes" />
          <span>Forget what I wrote, as far as this server can.</span></label
        >
        <button class="button grave">Deactivate my account</button>
      </form>
      ${back}`,
  )

/** Runs for who is signed in; for something grave only if they have just done so. */
const asSignedIn = <R>(
  operationId: string,
  path: string,
  grave: boolean,
  run: (who: SignedIn, form: URLSearchParams) => Effect.Effect<Content, { readonly error: string }, R>,
) =>
  form(
    operationId,
    `${paths.account}${path}`,
    Effect.fnUntraced(function* ({ request, form }) {
      const who = yield* (yield* Browsers).signedIn(request)
      if (who === undefined || (grave && !(yield* isFresh(who)))) return signInFor(paths.account, who)
      return yield* run(who, form).pipe(
        Effect.catch(({ error }) => Effect.succeed(overviewPage(who, form.get("name") ?? "", [], error).content())),
      )
    }),
  )

export const saveProfile = asSignedIn("saveAccountProfile", "/profile", false, (who, form) =>
  Effect.as(setDisplayName(who.userId, form.get("name") ?? ""), redirect(paths.account)),
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
    return new Page(
      "Go on in the app",
      html`<p class="done" role="status">For ten minutes the app can make you a new encryption identity.</p>`,
    ).content()
  }),
)

export const endAccount = asSignedIn(
  "endAccount",
  "/deactivate",
  true,
  Effect.fnUntraced(function* (who, form) {
    yield* deactivate(who.userId, form.get("erase") === "yes")
    return new Page(
      "Your account is deactivated",
      html`<p class="done" role="status">You have left all your rooms. Goodbye.</p>`,
    ).content()
  }),
)
