/** Operations that people see: pages, and the forms on them. A form is taken from our own pages alone. */
import { Effect, Schema } from "effect"
import { endpoint, type Endpoint } from "@biz1/protocol/Endpoint"
import { type MatrixError, statusOf } from "@biz1/protocol/errors"
import { readForm } from "../../http/body.ts"
import { Content, handler, type Call, type Handler } from "../../http/Handler.ts"
import { Browsers } from "../Browsers.ts"
import { Page } from "./Page.ts"
import { problemPage, tooOftenPage } from "./problem.ts"

type PageCall = Call<Readonly<Record<string, string>>, Readonly<Record<string, string>>, undefined, "none">
type FormCall = PageCall & { readonly form: URLSearchParams }
/** What a person gets to see, or where they go on. */
export type Shown = Page | Content

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
  run: (call: PageCall) => Effect.Effect<Shown, MatrixError, R>,
) => shown(handler(contract(operationId, "GET", path), (call) => Effect.map(run(call), inLanguageOf(call))))

export const form = <R>(
  operationId: string,
  path: string,
  run: (call: FormCall) => Effect.Effect<Shown, MatrixError, R>,
) =>
  shown(
    handler(
      contract(operationId, "POST", path),
      Effect.fnUntraced(function* (call: PageCall) {
        const show = inLanguageOf(call)
        if (!(yield* Browsers).sentFromHere(call.request)) {
          return show(problemPage("This form was sent from another site.", 403))
        }
        return show(yield* run({ ...call, form: yield* readForm(call.request) }))
      }),
    ),
  )

const inLanguageOf =
  ({ request }: Pick<PageCall, "request">) =>
  (shown: Shown): Content =>
    shown instanceof Page ? shown.content(request) : shown

/** Why a request was refused is shown to people as a page, too. */
const shown = <R>(made: Handler<R>): Handler<R> => ({
  ...made,
  refusal: (error, request) =>
    (error._tag === "LimitExceeded"
      ? tooOftenPage(error.retry_after_ms ?? 1000)
      : problemPage(error._tag === "AuthenticationNeeded" ? "" : error.error, statusOf(error))
    ).content(request),
})

export const redirect = (location: string, headers: Readonly<Record<string, string>> = {}) =>
  new Content({ location, "cache-control": "no-store", ...headers }, Buffer.alloc(0), 303)

/** Where the person goes on after signing in: a page of ours, and never another site. */
export const continueTo = (given: string | null | undefined) => (ourPage.test(given ?? "") ? given! : "/oauth2/account")

const ourPage =
  /^(?:\/oauth2\/(?:interaction\/[\w-]+|account|sso)|\/_matrix\/client\/v3\/auth\/m\.login\.sso\/fallback\/web)(?:[/?][\x21-\x5b\x5d-\x7e]*)?$/

export const withContinue = (path: string, next: string) => `${path}?${new URLSearchParams({ continue: next })}`
