/** Operations that people see: pages, and the forms on them. A form is taken from our own pages alone. */
import { Effect, Schema } from "effect"
import { endpoint, type Endpoint } from "@biz1/protocol/Endpoint"
import type { MatrixError } from "@biz1/protocol/errors"
import { readForm } from "../../http/body.ts"
import { Content, handler, type Call } from "../../http/Handler.ts"
import { Browsers } from "../Browsers.ts"
import { problemPage } from "./problem.ts"

type PageCall = Call<Readonly<Record<string, string>>, Readonly<Record<string, string>>, undefined, "none">
type FormCall = PageCall & { readonly form: URLSearchParams }

const Strings = Schema.Record(Schema.String, Schema.String)

const contract = (operationId: string, method: "GET" | "POST", path: string) => {
  const made = endpoint({
    operationId,
    method,
    path,
    access: "none",
    limit: method === "GET" ? "read" : "login",
    success: Schema.Struct({}),
  })
  return { ...made, params: Strings, query: Strings } as Endpoint<
    PageCall["params"],
    PageCall["query"],
    undefined,
    object,
    "none"
  >
}

export const page = <R>(
  operationId: string,
  path: string,
  run: (call: PageCall) => Effect.Effect<Content, MatrixError, R>,
) => handler(contract(operationId, "GET", path), run)

export const form = <R>(
  operationId: string,
  path: string,
  run: (call: FormCall) => Effect.Effect<Content, MatrixError, R>,
) =>
  handler(
    contract(operationId, "POST", path),
    Effect.fnUntraced(function* (call: PageCall) {
      if (!(yield* Browsers).sentFromHere(call.request)) {
        return problemPage("This form was sent from another site.", 403).content()
      }
      return yield* run({ ...call, form: yield* readForm(call.request) })
    }),
  )

export const redirect = (location: string, headers: Readonly<Record<string, string>> = {}) =>
  new Content({ location, "cache-control": "no-store", ...headers }, Buffer.alloc(0), 303)

/** Where the person goes on after signing in: a page of ours, and never another site. */
export const continueTo = (given: string | null | undefined) => (ourPage.test(given ?? "") ? given! : "/oauth2/account")

const ourPage = /^\/oauth2\/(?:interaction\/[\w-]+|account|sso)(?:[/?][\x21-\x5b\x5d-\x7e]*)?$/

export const withContinue = (path: string, next: string) => `${path}?${new URLSearchParams({ continue: next })}`
