/** Passwords as argon2id hashes, with the parameters that OWASP recommends. */
import { Effect } from "effect"
import { hash, verify } from "@node-rs/argon2"

const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

export const hashPassword = (password: string) => Effect.promise(() => hash(password, parameters))

export const verifyPassword = (passwordHash: string, password: string) =>
  Effect.promise(() => verify(passwordHash, password).catch(() => false))
