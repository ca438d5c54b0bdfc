/** The keys of other systems. Each call looks its key up in the store, so that a key taken back is no good anywhere. */
import { createHash, randomBytes } from "node:crypto"
import { Clock, Context, Effect, Layer } from "effect"
import { PgClient } from "@effect/sql-pg"
import ipaddr from "ipaddr.js"
import { SCOPES, type Scope } from "@biz1/protocol/business/scopes"
import { Forbidden, InvalidParam, NotFound, UnknownToken } from "@biz1/protocol/errors"
import type { UserId } from "@biz1/protocol/ids"
import { texts } from "../../store/columns.ts"

export interface ApiKey {
  readonly id: string
  readonly name: string
  readonly scopes: ReadonlyArray<Scope>
  readonly actAs: ReadonlyArray<UserId>
  readonly addresses: ReadonlyArray<string>
  /** Milliseconds since 1970. */
  readonly expiresTs: number | undefined
  readonly createdTs: number
  readonly createdBy: string
  readonly lastUsedTs: number | undefined
}

export type NewKey = Pick<ApiKey, "name" | "scopes" | "actAs" | "addresses" | "expiresTs" | "createdBy">

const secretPrefix = "biz1_"
/** How exactly it is kept when a key was last used. */
const lastUsedEveryMs = 60_000

export const isApiKey = (token: string): boolean => token.startsWith(secretPrefix)

const hashOf = (secret: string) => createHash("sha256").update(secret).digest("hex")

export class ApiKeys extends Context.Service<
  ApiKeys,
  {
    readonly create: (key: NewKey) => Effect.Effect<ApiKey & { readonly secret: string }, InvalidParam>
    readonly list: Effect.Effect<ReadonlyArray<ApiKey>>
    readonly remove: (id: string) => Effect.Effect<void, NotFound>
    /** The key of this secret, if it is good from this address and now. */
    readonly authenticate: (secret: string, ip: string) => Effect.Effect<ApiKey, UnknownToken | Forbidden>
  }
>()("@biz1/server/business/api/ApiKeys") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const columns = sql.literal(`id, name, scopes, act_as, addresses, expires_ts::float8 AS expires_ts,
        created_ts::float8 AS created_ts, created_by, last_used_ts::float8 AS last_used_ts`)

      return ApiKeys.of({
        create: Effect.fnUntraced(function* (key) {
          const wrong = key.addresses.find((address) => networkOf(address) === undefined)
          if (wrong !== undefined) {
            return yield* new InvalidParam({
              error: `${JSON.stringify(wrong)} is neither an address nor a network as in 192.0.2.0/24`,
              field: "addresses",
            })
          }
          const now = yield* Clock.currentTimeMillis
          const [id, secret] = [
            randomBytes(9).toString("base64url"),
            secretPrefix + randomBytes(32).toString("base64url"),
          ]
          const { name, scopes, actAs, addresses, expiresTs, createdBy } = key
          yield* Effect.orDie(sql`INSERT INTO api_keys
              (id, secret_hash, name, scopes, act_as, addresses, expires_ts, created_ts, created_by)
            VALUES (${id}, ${hashOf(secret)}, ${name}, ${texts(scopes)}::text[], ${texts(actAs)}::text[],
              ${texts(addresses)}::text[], ${expiresTs === undefined ? null : BigInt(expiresTs)}, ${BigInt(now)},
              ${createdBy})`)
          return { ...key, id, secret, createdTs: now, lastUsedTs: undefined }
        }),
        list: sql`SELECT ${columns} FROM api_keys ORDER BY created_ts, id`.pipe(
          Effect.map((rows) => rows.map(decode)),
          Effect.orDie,
        ),
        remove: Effect.fnUntraced(function* (id) {
          const gone = yield* Effect.orDie(sql`DELETE FROM api_keys WHERE id = ${id} RETURNING id`)
          if (gone.length === 0) return yield* new NotFound({ error: "There is no such key" })
        }),
        authenticate: Effect.fnUntraced(function* (secret, ip) {
          const rows = yield* Effect.orDie(sql`SELECT ${columns} FROM api_keys WHERE secret_hash = ${hashOf(secret)}`)
          const [key] = rows.map(decode)
          const now = yield* Clock.currentTimeMillis
          if (key === undefined)
            return yield* new UnknownToken({ error: "This API key is not known, or was taken back" })
          if (key.expiresTs !== undefined && key.expiresTs <= now) {
            return yield* new UnknownToken({
              error: `This API key expired on ${new Date(key.expiresTs).toISOString()}`,
            })
          }
          if (key.addresses.length > 0 && !key.addresses.some((network) => holds(network, ip))) {
            return yield* new Forbidden({ error: `This API key is not good from ${ip}` })
          }
          if (now - (key.lastUsedTs ?? 0) >= lastUsedEveryMs) {
            yield* Effect.orDie(sql`UPDATE api_keys SET last_used_ts = ${BigInt(now)} WHERE id = ${key.id}`)
          }
          return key
        }),
      })
    }),
  )
}

type Network = ReturnType<typeof ipaddr.parseCIDR>

const networkOf = (text: string): Network | undefined => {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text)
  if (!ipaddr.isValid(text)) return undefined
  const address = ipaddr.parse(text)
  return [address, address.kind() === "ipv4" ? 32 : 128]
}

const holds = (text: string, ip: string): boolean => {
  const network = networkOf(text)
  if (network === undefined || !ipaddr.isValid(ip)) return false
  // An IPv4 address may come in the clothes of IPv6.
  const address = ipaddr.process(ip)
  return address.kind() === network[0].kind() && address.match(network)
}

const decode = (row: Readonly<Record<string, unknown>>): ApiKey => ({
  id: String(row["id"]),
  name: String(row["name"]),
  scopes: SCOPES.filter((scope) => (row["scopes"] as ReadonlyArray<string>).includes(scope)),
  actAs: row["act_as"] as ReadonlyArray<UserId>,
  addresses: row["addresses"] as ReadonlyArray<string>,
  expiresTs: (row["expires_ts"] ?? undefined) as number | undefined,
  createdTs: Number(row["created_ts"]),
  createdBy: String(row["created_by"]),
  lastUsedTs: (row["last_used_ts"] ?? undefined) as number | undefined,
})
