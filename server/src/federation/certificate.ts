/** The certificate with which other servers are spoken to, read once at the start. */
import { X509Certificate, createPrivateKey } from "node:crypto"
import { readFileSync } from "node:fs"
import { Effect } from "effect"
import { WrongSetting } from "../config.ts"

export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** A PEM file that a setting names. */
export const readPem = (name: string, path: string): Effect.Effect<string, WrongSetting> =>
  Effect.try({
    try: () => readFileSync(path, "utf8"),
    catch: (error) => {
      const why = error instanceof Error && "code" in error ? ` (${String(error.code)})` : ""
      return new WrongSetting({ message: `${name} is ${JSON.stringify(path)}, which cannot be read${why}.` })
    },
  }).pipe(
    Effect.filterOrFail(
      (pem) => pem.includes("-----BEGIN "),
      () => new WrongSetting({ message: `${name} is ${JSON.stringify(path)}, which holds no PEM text.` }),
    ),
  )

export const readCertificate = Effect.fnUntraced(function* (paths: Certificate) {
  const [cert, key] = [yield* readPem("TLS_CERT", paths.cert), yield* readPem("TLS_KEY", paths.key)]
  const fits = yield* Effect.try({
    try: () => new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)),
    catch: (error) => new WrongSetting({ message: `TLS_CERT and TLS_KEY cannot be used: ${String(error)}.` }),
  })
  if (!fits) return yield* new WrongSetting({ message: "TLS_KEY is not the key of the certificate in TLS_CERT." })
  return { cert, key }
})
