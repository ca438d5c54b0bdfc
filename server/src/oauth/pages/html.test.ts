import { expect, it } from "vitest"
import { html } from "./html.ts"

it("escapes what is text and leaves what is HTML", () => {
  const name = `"><script>'&`
  expect(html`<p title="${name}">${html`<b>${name}</b>`}${undefined}${false}${[html`<i></i>`]}</p>`.in("en")).toBe(
    `<p title="&#34;&#62;&#60;script&#62;&#39;&#38;"><b>&#34;&#62;&#60;script&#62;&#39;&#38;</b><i></i></p>`,
  )
})
