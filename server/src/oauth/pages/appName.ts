/** What an app calls itself to the reader, in their language where it has a name in that. RFC 7591, 2.2. */
import type { JsonObject } from "@biz1/protocol/json"
import { Html, html } from "./html.ts"
import { say } from "./say.ts"
import { shortName } from "./shortName.ts"

export const appName = (metadata: JsonObject) =>
  new Html((language) => {
    const given = metadata[`client_name#${language}`] ?? metadata["client_name"]
    const name = typeof given === "string" ? shortName(given) : undefined
    return (name === undefined ? say("the app") : html`<bdi>${name}</bdi>`).in(language)
  })
