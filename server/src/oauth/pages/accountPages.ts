/** What the page of one's account shows. */
import type { Device } from "../../store/DeviceStore.ts"
import type { SignedIn } from "../Browsers.ts"
import { accountActions, paths } from "../metadata.ts"
import { type Html, html } from "./html.ts"
import { field, hidden, Page, person, refusal } from "./Page.ts"
import { say, sayTime } from "./say.ts"

const linkTo = (action: string, device?: string) =>
  `${paths.account}?${new URLSearchParams({ action, ...(device === undefined ? {} : { device_id: device }) })}`

export const overviewPage = (who: SignedIn, name: string, devices: ReadonlyArray<Device>) =>
  new Page(
    say("Your account"),
    html`<p class="lead"><bdi>${who.userId}</bdi></p>
      <form method="post" action="${paths.account}/profile">
        <div class="field">
          <label for="name">${say("Your name, as others see it")}</label>
          <input id="name" name="name" type="text" value="${name}" autocomplete="name" dir="auto" maxlength="256" />
        </div>
        <button class="button quiet">${say("Save")}</button>
      </form>
      <h2>${say("Your devices")}</h2>
      ${
        devices.length === 0
          ? html`<p class="lead">${say("You are signed in nowhere else.")}</p>`
          : html`<ul class="rows">
              ${devices.map(deviceRow)}
            </ul>`
      }
      <h2>${say("More")}</h2>
      <ul class="rows">
        <li>
          <span><strong>${say("Password")}</strong><span class="meta">${say("For apps that ask for one.")}</span></span>
          <a class="button quiet small" href="${paths.account}/password">${say("Change")}</a>
        </li>
        <li>
          <span
            ><strong>${say("Encryption identity")}</strong
            ><span class="meta">${say("Lost all your devices and your recovery key?")}</span></span
          >
          <a class="button quiet small" href="${linkTo(accountActions.resetCrossSigning)}">${say("Reset")}</a>
        </li>
        <li>
          <span
            ><strong>${say("This browser")}</strong
            ><span class="meta">${say("Your devices stay signed in.")}</span></span
          >
          <form method="post" action="/oauth2/sign-out">
            <button class="button quiet small">${say("Sign out")}</button>
          </form>
        </li>
        <li>
          <span><strong>${say("Deactivate account")}</strong><span class="meta">${say("For good.")}</span></span>
          <a class="button quiet small" href="${linkTo(accountActions.deactivate)}">${say("Deactivate")}</a>
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
      aria-label="${say("Details of {device}", { device: device.display_name ?? device.device_id })}"
      >${say("Details")}</a
    >
  </li>`

const seen = ({ last_seen_ts: seenMs, last_seen_ip: ip }: Device) =>
  seenMs === undefined
    ? undefined
    : html` · ${say("last seen")}
        <time datetime="${new Date(seenMs).toISOString()}">${sayTime(seenMs)}</time
        >${ip !== undefined && html` ${say("from {address}", { address: html`<bdi>${ip}</bdi>` })}`}`

const back = html`<p class="other"><a href="${paths.account}">${say("Back to your account")}</a></p>`

export const devicePage = (device: Device) =>
  new Page(
    device.display_name ?? device.device_id,
    html`<dl class="facts">
        <div>
          <dt>${say("Device")}</dt>
          <dd><bdi>${device.device_id}</bdi></dd>
        </div>
        ${
          device.last_seen_ts !== undefined &&
          html`<div>
            <dt>${say("Last seen")}</dt>
            <dd>${sayTime(device.last_seen_ts)}</dd>
          </div>`
        }
        ${
          device.last_seen_ip !== undefined &&
          html`<div>
            <dt>${say("From")}</dt>
            <dd><bdi>${device.last_seen_ip}</bdi></dd>
          </div>`
        }
      </dl>
      <form method="post" action="${paths.account}/device">
        ${hidden("device_id", device.device_id)}
        <button class="button grave">${say("Sign this device out")}</button>
      </form>
      ${back}`,
  )

export const resetPage = (who: SignedIn) =>
  new Page(
    say("Reset your encryption identity?"),
    html`<p class="lead">${say("Only if you have lost every device that is signed in, and your recovery key.")}</p>
      <ul class="facts">
        <li>${say("Your account, contacts and rooms stay as they are.")}</li>
        <li>${say("Encrypted messages that only the old identity can read are lost.")}</li>
        <li>${say("People who have verified you are asked to do it again.")}</li>
      </ul>
      ${person(who.userId)}
      <form method="post" action="${paths.account}/reset">
        <button class="button grave">${say("Allow the reset")}</button>
      </form>
      ${back}`,
  )

export const deactivatePage = (who: SignedIn) =>
  new Page(
    say("Deactivate your account?"),
    html`<p class="lead">
        ${say("You leave all your rooms, and are signed out everywhere. It cannot be undone, and nobody will have your user name again.")}
      </p>
      ${person(who.userId)}
      <form method="post" action="${paths.account}/deactivate">
        <label class="check"
          ><input type="checkbox" name="erase" value="yes" />
          <span>${say("Forget what I wrote, as far as this server can.")}</span></label
        >
        <button class="button grave">${say("Deactivate my account")}</button>
      </form>
      ${back}`,
  )

export const passwordPage = () =>
  new Page(
    say("Choose a new password"),
    html`<form method="post" action="${paths.account}/password">
        ${field({
          name: "password",
          label: say("New password"),
          type: "password",
          autocomplete: "new-password",
          hint: say("At least 8 characters."),
          focus: true,
        })}
        <label class="check"
          ><input type="checkbox" name="everywhere" value="yes" checked />
          <span>${say("Sign out on all my devices and browsers.")}</span></label
        >
        <button class="button">${say("Change password")}</button>
      </form>
      ${back}`,
  )

export const refusedPage = (sentence: string) =>
  new Page(say("That did not work"), html`${refusal(sentence)}${back}`, { status: 400 })

export const donePage = (title: Html, sentence: Html) =>
  new Page(title, html`<p class="done" role="status">${sentence}</p>`)
