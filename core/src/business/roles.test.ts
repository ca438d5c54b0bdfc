import { assert, describe, it } from "@effect/vitest"
import { PERMISSIONS, ROLES, type Permission, type Role } from "@biz1/protocol/business/roles"
import { isStaff, mayAssign, outranks, PERMISSION_TABLE, permits, type Facts, type Person } from "./roles.ts"

const person = (role: Role, more: Partial<Person> = {}): Person => ({ role, auditor: false, teams: [], ...more })
const every: Facts = {
  team: true,
  queue: true,
  own: true,
  member: true,
  refs: true,
  policy: true,
  channel: true,
  invited: true,
}

describe("permissions", () => {
  it("are given where the table gives them, and nowhere else", () => {
    for (const permission of PERMISSIONS) {
      for (const role of ROLES) {
        const grant = PERMISSION_TABLE[permission].grants[role]
        assert.strictEqual(permits(person(role), permission), grant === "yes", `${role} ${permission}`)
        const auditor = person(role, { auditor: true })
        assert.strictEqual(
          permits(auditor, permission, every),
          grant !== undefined,
          `${role} ${permission} in every case`,
        )
        if (grant === undefined || grant === "yes" || grant === "auditor") continue
        assert.isTrue(permits(person(role), permission, { [grant]: true }))
        assert.isFalse(permits(person(role), permission, { ...every, [grant]: false }))
      }
    }
  })

  it("of a role of the organisation's own making are that role's alone", () => {
    const custom = { name: "bookkeeper", like: "member" as const, grants: { compliance: "yes", link: "own" } as const }
    const bookkeeper = person("member", { custom })
    assert.isTrue(permits(bookkeeper, "compliance"))
    assert.isFalse(permits(bookkeeper, "converse"))
    assert.isFalse(permits(bookkeeper, "link"))
    assert.isTrue(permits(bookkeeper, "link", { own: true }))
  })

  it("never reach people from outside who are to see nothing of the organisation's own", () => {
    const inner: ReadonlyArray<Permission> = [
      "settings",
      "roles",
      "queues",
      "readQueue",
      "breakGlass",
      "work",
      "compliance",
    ]
    for (const role of ROLES.filter((name) => !isStaff(person(name)))) {
      for (const permission of inner) assert.isFalse(permits(person(role, { auditor: true }), permission, every))
    }
  })
})

describe("giving roles", () => {
  it("is for those who may, and never goes above one's own", () => {
    for (const giver of ROLES) {
      for (const [from, to] of ROLES.flatMap((a) => ROLES.map((b) => [a, b] as const))) {
        const allowed = mayAssign(person(giver, { teams: ["north"] }), person(from, { teams: ["north"] }), person(to))
        const inRank = !outranks(person(from), person(giver)) && !outranks(person(to), person(giver))
        assert.strictEqual(
          allowed,
          ["owner", "admin", "manager"].includes(giver) && inRank,
          `${giver}: ${from} to ${to}`,
        )
      }
    }
    assert.isFalse(
      mayAssign(person("manager", { teams: ["north"] }), person("member", { teams: ["south"] }), person("agent")),
    )
    assert.isFalse(mayAssign(person("admin"), person("owner"), person("guest")))
  })
})
