/**
 * Everybody's place in the organisation, in memory, as every message asks for it. The store is the truth; a change is
 * said over the bus. Who has no place of their own is a member, or, from another server, a partner.
 */
import { Context, Effect, Layer, Schema, Stream } from "effect"
import { PgClient } from "@effect/sql-pg"
import { type CustomRole, type Person } from "@biz1/core/business/roles"
import { GRANTS, PERMISSIONS, ROLES } from "@biz1/protocol/business/roles"
import { serverOf, type UserId } from "@biz1/protocol/ids"
import { Bus } from "../../bus/Bus.ts"
import { ServerConfig } from "../../config.ts"
import { texts } from "../../store/columns.ts"

/** Said with the user ID of whoever has a new place, or with nothing where a role itself has changed. */
const changedSubject = "roles.changed"

const StoredRole = Schema.Struct({
  name: Schema.String,
  like: Schema.Literals(ROLES),
  grants: Schema.Record(Schema.Literals(PERMISSIONS), Schema.optionalKey(Schema.Literals(GRANTS))),
})

const decodeRole = Schema.decodeUnknownSync(StoredRole)

export interface Place {
  readonly role: Person["role"]
  /** The name of a role of the organisation's own making. */
  readonly custom: string | undefined
  readonly auditor: boolean
  readonly teams: ReadonlyArray<string>
}

export class Roles extends Context.Service<
  Roles,
  {
    readonly personOf: (userId: UserId) => Person
    /** Those who have a place of their own. */
    readonly people: () => ReadonlyMap<UserId, Person>
    readonly customRoles: () => ReadonlyMap<string, CustomRole>
    readonly put: (userId: UserId, place: Place) => Effect.Effect<void>
    readonly putRole: (role: CustomRole) => Effect.Effect<void>
    /** False where somebody has the role. */
    readonly removeRole: (name: string) => Effect.Effect<boolean>
    /** Reads again what somebody is: after the account was made, or made an administrator's. */
    readonly refresh: (userId: UserId) => Effect.Effect<void>
  }
>()("@biz1/server/business/roles/Roles") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const bus = yield* Bus
      const { serverName } = yield* ServerConfig
      const people = new Map<UserId, Person>()
      const customRoles = new Map<string, CustomRole>()

      /** Of one person, or of all. */
      const read = Effect.fnUntraced(function* (userId: UserId | undefined) {
        const roles = yield* sql`SELECT name, level_with, grants FROM custom_roles`
        const rows = yield* sql`SELECT u.user_id, p.custom_role, coalesce(p.auditor, false) AS auditor,
            coalesce(p.teams, '{}') AS teams, coalesce(p.role, CASE WHEN u.user_id =
              (SELECT user_id FROM users WHERE is_admin ORDER BY created_ts, user_id LIMIT 1)
              THEN 'owner' ELSE 'admin' END) AS role
          FROM (SELECT user_id FROM people UNION SELECT user_id FROM users WHERE is_admin) u
          LEFT JOIN people p USING (user_id) WHERE ${userId ?? null}::text IS NULL OR u.user_id = ${userId ?? null}`
        customRoles.clear()
        for (const row of roles) {
          const { name, level_with: like, grants } = row
          customRoles.set(String(name), decodeRole({ name, like, grants: JSON.parse(String(grants)) }) as CustomRole)
        }
        if (userId === undefined) people.clear()
        else people.delete(userId)
        for (const row of rows) {
          people.set(row["user_id"] as UserId, {
            role: ROLES.find((role) => role === row["role"]) ?? "guest",
            custom: customRoles.get(String(row["custom_role"])),
            auditor: row["auditor"] === true,
            teams: row["teams"] as ReadonlyArray<string>,
          })
        }
      }, Effect.orDie)

      const changed = (userId: UserId | undefined) =>
        Effect.andThen(read(userId), bus.publish(changedSubject, userId ?? ""))

      yield* read(undefined)
      yield* bus.subscribe(changedSubject, (userId) => read(userId === "" ? undefined : (userId as UserId)))
      yield* Effect.forkScoped(Stream.runForEach(bus.reconnected, () => read(undefined)))

      const member: Person = { role: "member", auditor: false, teams: [] }
      const partner: Person = { role: "partner", auditor: false, teams: [] }
      return Roles.of({
        personOf: (userId) => people.get(userId) ?? (serverOf(userId) === serverName ? member : partner),
        people: () => people,
        customRoles: () => customRoles,
        put: Effect.fnUntraced(function* (userId, { role, custom, auditor, teams }) {
          yield* Effect.orDie(sql`INSERT INTO people (user_id, role, custom_role, auditor, teams)
            VALUES (${userId}, ${role}, ${custom ?? null}, ${auditor}, ${texts(teams)}::text[])
            ON CONFLICT (user_id) DO UPDATE SET role = excluded.role, custom_role = excluded.custom_role,
              auditor = excluded.auditor, teams = excluded.teams`)
          yield* changed(userId)
        }),
        putRole: Effect.fnUntraced(function* ({ name, like, grants }) {
          yield* Effect.orDie(sql`INSERT INTO custom_roles (name, level_with, grants)
            VALUES (${name}, ${like}, ${JSON.stringify(grants)})
            ON CONFLICT (name) DO UPDATE SET level_with = excluded.level_with, grants = excluded.grants`)
          yield* changed(undefined)
        }),
        removeRole: Effect.fnUntraced(function* (name) {
          const gone = yield* Effect.orDie(sql`DELETE FROM custom_roles r WHERE name = ${name}
            AND NOT EXISTS (SELECT FROM people WHERE custom_role = r.name) RETURNING name`)
          yield* changed(undefined)
          return gone.length > 0
        }),
        refresh: changed,
      })
    }).pipe(Effect.orDie),
  )
}
