/**
 * A page of the sign-in pages: one card on the canvas, in the web client's colours, without
 * anything from elsewhere, and without a script but where an app waits to hear. Where its forms may lead is said in its content policy.
 */
import { hash } from "node:crypto"
import type { IncomingMessage } from "node:http"
import { localpartOf, type UserId } from "@biz1/protocol/ids"
import { Content } from "../../http/Handler.ts"
import { Html, html } from "./html.ts"
import { directionOf, type Language, languageOf } from "./language.ts"
import { sayKnown } from "./say.ts"
import { css } from "./style.ts"

const style = new Html(`<style>${css}</style>`)
const styleSource = `'sha256-${hash("sha256", css, "base64")}'`

export interface PageOptions {
  readonly status?: number
  /** Where a form's answer may redirect to, beside this server: browsers check that, too. */
  readonly leadsTo?: string | undefined
  readonly wide?: boolean
  /** Run when the page is there; it and nothing else. */
  readonly script?: string
  /** The app that opened the page's window is to hear from it: the two stay connected. */
  readonly toOpener?: boolean
  readonly headers?: Readonly<Record<string, string>>
}

export class Page {
  readonly #title: Html | string
  readonly #body: Html
  readonly #options: PageOptions
  constructor(title: Html | string, body: Html, options: PageOptions = {}) {
    this.#title = title
    this.#body = body
    this.#options = options
  }

  #textIn(language: Language) {
    const { script } = this.#options
    // A heading may hold tags, a title is text alone.
    const title = new Html(html`${this.#title}`.in(language).replaceAll(/<[^>]*>/g, ""))
    return html`<!doctype html>
      <html lang="${language}" dir="${directionOf(language)}">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="robots" content="noindex" />
          <title>${title}</title>
          ${style}
        </head>
        <body>
          <main class="${this.#options.wide === true ? "card wide" : "card"}">
            <div class="logo" aria-hidden="true">${logo}</div>
            <h1 dir="auto">${this.#title}</h1>
            ${this.#body}
          </main>
          ${script !== undefined && new Html(`<script>${script}</script>`)}
        </body>
      </html> `.in(language)
  }

  #headersIn(language: Language) {
    const { script, toOpener = false } = this.#options
    const formAction = ["'self'", ...(this.#options.leadsTo === undefined ? [] : [sourceOf(this.#options.leadsTo)])]
    return {
      "content-type": "text/html; charset=utf-8",
      "content-language": language,
      vary: "accept-language",
      "content-security-policy": [
        "default-src 'none'",
        `style-src ${styleSource}`,
        ...(script === undefined ? [] : [`script-src 'sha256-${hash("sha256", script, "base64")}'`]),
        `form-action ${formAction.join(" ")}`,
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ].join("; "),
      "cache-control": "no-store",
      "referrer-policy": "same-origin",
      "x-content-type-options": "nosniff",
      "cross-origin-opener-policy": toOpener ? "unsafe-none" : "same-origin",
      ...this.#options.headers,
    }
  }

  /** As what a handler answers. */
  content(request: Pick<IncomingMessage, "headers">): Content {
    const language = languageOf(request)
    return new Content(this.#headersIn(language), Buffer.from(this.#textIn(language)), this.#options.status ?? 200)
  }

  /** As what the provider answers. */
  writeTo(context: { readonly req: IncomingMessage; set: (headers: Record<string, string>) => void; body: unknown }) {
    const language = languageOf(context.req)
    context.set(this.#headersIn(language))
    context.body = this.#textIn(language)
  }
}

/** The part of a redirect URI that a content policy knows: an origin, or the scheme of an app. */
const sourceOf = (uri: string) => {
  const { origin, protocol } = new URL(uri)
  return protocol === "https:" || protocol === "http:" ? origin : protocol
}

const logo = new Html(
  `<svg viewBox="0 0 24 24" width="26" height="26" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><path d="M16 10a2 2 0 0 1-2 2H6.8a2 2 0 0 0-1.4.6l-2.2 2.2A.7.7 0 0 1 2 14.3V4a2 2 0 0 1 2-2h10a2 2 0 0 1 2 2z"/><path d="M20 9a2 2 0 0 1 2 2v10.3a.7.7 0 0 1-1.2.5l-2.2-2.2a2 2 0 0 0-1.4-.6H10a2 2 0 0 1-2-2v-1"/></svg>`,
)

/** What went wrong, to be read out at once. */
export const refusal = (sentence: string | undefined) =>
  sentence === undefined ? undefined : html`<p class="refusal" role="alert">${sayKnown(sentence)}</p>`

export interface Field {
  readonly name: string
  readonly label: Html
  readonly type?: "text" | "password" | "email"
  readonly value?: string | undefined
  readonly hint?: Html
  readonly autocomplete: string
  readonly focus?: boolean
}

export const field = ({ name, label, type = "text", value, hint, autocomplete, focus = false }: Field) =>
  html` <div class="field">
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      type="${type}"
      value="${value}"
      autocomplete="${autocomplete}"
      autocapitalize="none"
      spellcheck="false"
      dir="auto"
      required
      maxlength="512"
      ${focus && html` autofocus`}${hint !== undefined && html` aria-describedby="${name}-hint"`}
    />
    ${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}
  </div>`

export const hidden = (name: string, value: string) => html`<input type="hidden" name="${name}" value="${value}" />`

/** Whose account it is about. */
export const person = (userId: UserId) =>
  html`<p class="person">
    <strong dir="auto">${localpartOf(userId)}</strong> <span class="meta"><bdi>${userId}</bdi></span>
  </p>`
