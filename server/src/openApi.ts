/** The server's description of itself, made from the contracts of all that it serves when first asked for. */
import { Effect } from "effect"
import { getOpenApi as contract } from "@biz1/protocol/client/getOpenApi"
import { openApi } from "@biz1/protocol/openApi"
import { handler, RawJson, type Handler } from "./http/Handler.ts"

export const describing = (handlers: ReadonlyArray<Handler<unknown>>) => {
  let text: string | undefined
  return handler(contract, () =>
    Effect.sync(() => {
      const contracts = [...handlers.map(({ endpoint }) => endpoint), contract as never]
      return new RawJson((text ??= JSON.stringify(openApi({ title: "Biz1 Messenger", version: "1" }, contracts))))
    }),
  )
}
