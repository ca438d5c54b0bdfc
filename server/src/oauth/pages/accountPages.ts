/** What the page of one's account shows. */
import { localpartOf } from "@biz1/protocol/ids"
import type { Device } from "../../store/DeviceStore.ts"
import type { SignedIn } from "../Browsers.ts"
import { accountActions, paths } from "../metadata.ts"
import { html } from "./html.ts"
import { field, hidden, Page, refusal } from "./Page.ts"

const linkTo = (action: string, device?: string) =>
  `${paths.account}?${new URLSearchParams({ action, ...(device === undefined ? {} : { device_id: device }) })}`

export const overviewPage = (who: SignedIn, name: string, devices: ReadonlyArray<Device>) =>
  new Page(
    "Your account",
    html`<p class="lead"><bdi>${who.userId}</bdi></p>
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
          <span><strong>Password</strong><span class="meta">For apps that ask for one.</span></span>
          <a class="button quiet small" href="${paths.account}/password">Change</a>
        </li>
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
    { wide: true },
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

export const devicePage = (device: Device) =>
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

export const resetPage = (who: SignedIn) =>
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

export const deactivatePage = (who: SignedIn) =>
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

export const passwordPage = () =>
  new Page(
    "Choose a new password",
    html`<form method="post" action="${paths.account}/password">
        ${field({
          name: "password",
          label: "New password",
          type: "password",
          autocomplete: "new-password",
          hint: "At least 8 characters.",
          focus: true,
        })}
        <label class="check"
          ><input type="checkbox" name="everywhere" value="yes" checked />
          <span>Sign out on all my devices and browsers.</span></label
        >
        <button class="button">Change password</button>
      </form>
      ${back}`,
  )

export const refusedPage = (sentence: string) =>
  new Page("That did not work", html`${refusal(sentence)}${back}`, { status: 400 })

export const donePage = (title: string, sentence: string) =>
  new Page(title, html`<p class="done" role="status">${sentence}</p>`)
