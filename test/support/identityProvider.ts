/** Another OpenID Connect provider: a real one, whose people need not type anything. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Provider } from "oidc-provider"

export interface IdentityProvider {
  readonly issuer: string
  /** Who signs in next, and what is said of them. */
  readonly person: { claims: { readonly sub: string; readonly [claim: string]: string } }
  readonly stop: () => void
}

export const credentials = { SSO_CLIENT_ID: "biz1", SSO_CLIENT_SECRET: "the secret between the two of them" }

/** Knows one client: the server at `base`. */
export const startIdentityProvider = async (base: string, port = 0): Promise<IdentityProvider> => {
  const person: IdentityProvider["person"] = { claims: { sub: "nobody" } }
  const server = createServer().listen(port, "127.0.0.1")
  await new Promise((done) => server.once("listening", done))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: credentials.SSO_CLIENT_ID,
        client_secret: credentials.SSO_CLIENT_SECRET,
        redirect_uris: [`${base}/oauth2/upstream/callback`],
      },
    ],
    claims: { openid: ["sub"], profile: ["preferred_username", "name"], email: ["email"] },
    conformIdTokenClaims: false,
    cookies: { keys: ["for tests"] },
    features: { devInteractions: { enabled: false } },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ ...person.claims, sub }) }),
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
  })
  const callback = provider.callback()
  const agree = async (...[request, response]: Parameters<typeof callback>) => {
    const { params } = await provider.interactionDetails(request, response)
    const accountId = person.claims.sub
    const grant = new provider.Grant({ accountId, clientId: String(params["client_id"]) })
    grant.addOIDCScope(String(params["scope"]))
    const result = { login: { accountId, remember: false }, consent: { grantId: await grant.save() } }
    await provider.interactionFinished(request, response, result)
  }
  server.on("request", (request, response) => {
    void (request.url?.startsWith("/interaction/") ? agree(request, response) : callback(request, response))
  })
  return { issuer, person, stop: () => server.close() }
}
