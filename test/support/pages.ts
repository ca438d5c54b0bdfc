/** A person with a browser, as far as pages without scripts need one: it keeps cookies and follows redirects. */

export interface Shown {
  readonly url: string
  readonly status: number
  readonly text: string
}

export class Person {
  readonly #base: string
  readonly #sites: ReadonlyArray<string>
  readonly #cookies = new Map<string, { readonly value: string; readonly path: string }>()
  /** Goes to other sites too, if they are named. */
  constructor(base: string, ...others: ReadonlyArray<string>) {
    this.#base = base
    this.#sites = [base, ...others]
  }

  open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Shown> {
    return this.#go("GET", url, undefined, headers)
  }

  /** Sends the form of a page, with the fields that it has hidden. */
  send(page: Shown, fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) {
    const action = unescaped(/<form[^>]*action="([^"]*)"/.exec(page.text)?.[1] ?? "")
    return this.#go("POST", action, new URLSearchParams({ ...hiddenIn(page.text), ...fields }), headers)
  }

  /** Follows redirects until a page is shown, or another site is reached: that is given as the URL alone. */
  async #go(
    method: string,
    url: string,
    body: URLSearchParams | undefined,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Shown> {
    const target = new URL(url, this.#base)
    if (!this.#sites.includes(target.origin)) return { url: target.href, status: 0, text: "" }
    const cookie = [...this.#cookies]
      .filter(([key, { path }]) => key.startsWith(`${target.origin} `) && target.pathname.startsWith(path))
      .map(([key, { value }]) => `${key.slice(target.origin.length + 1)}=${value}`)
      .join("; ")
    const response = await fetch(target, {
      method,
      redirect: "manual",
      headers: { cookie, accept: "text/html", origin: this.#base, ...headers },
      ...(body === undefined ? {} : { body }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [pair = "", ...attributes] = line.split(/; */)
      const [name = "", value = ""] = pair.split(/=(.*)/)
      const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice(5) ?? "/"
      if (value === "") this.#cookies.delete(`${target.origin} ${name}`)
      else this.#cookies.set(`${target.origin} ${name}`, { value, path })
    }
    const location = response.headers.get("location")
    const text = await response.text()
    return location === null
      ? { url: target.href, status: response.status, text }
      : this.#go("GET", new URL(location, target).href, undefined, headers)
  }
}

const hiddenIn = (text: string) =>
  Object.fromEntries(
    [...text.matchAll(/<input\s+type="hidden"\s+name="([^"]*)"\s+value="([^"]*)"/g)].map(
      ([, name = "", value = ""]) => [name, unescaped(value)],
    ),
  )

const unescaped = (text: string) => text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
