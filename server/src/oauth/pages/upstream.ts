/** Out to the other provider and back; the cookie says that the same browser does both. */
import { Effect } from "effect"
import { Browsers } from "../Browsers.ts"
import { callbackPath, Upstream } from "../Upstream.ts"
import { continueTo, page, redirect } from "./operation.ts"
import { problemPage } from "./problem.ts"

const cookieName = "oauth_upstream"

export const beginUpstream = page("beginUpstream", "/oauth2/upstream", ({ query }) =>
  Effect.flatMap(Upstream, (upstream) => upstream.begin(continueTo(query["continue"]))).pipe(
    Effect.map(({ url, state }) =>
      redirect(url, {
        "set-cookie": `${cookieName}=${state}; Path=/oauth2/upstream; Max-Age=600; HttpOnly; SameSite=Lax`,
      }),
    ),
    Effect.catch(({ error }) => Effect.succeed(problemPage(error, 502))),
  ),
)

export const finishUpstream = page("finishUpstream", callbackPath, ({ query, request }) =>
  Effect.gen(function* () {
    const state = query["state"] ?? ""
    const isBrowser = request.headers.cookie?.split(/; */).includes(`${cookieName}=${state}`) === true
    if (!isBrowser) return problemPage("This sign-in was begun in another browser.")
    const search = request.url?.split("?")[1] ?? ""
    const { userId, next } = yield* (yield* Upstream).finish(search, state)
    return redirect(next, { "set-cookie": yield* (yield* Browsers).signIn(userId, next) })
  }).pipe(Effect.catch(({ error }) => Effect.succeed(problemPage(error, 403)))),
)
