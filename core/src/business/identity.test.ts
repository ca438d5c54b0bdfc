import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Asked, type Found, hitsOf, matchOf, normalAddress, normalAsked, sameAddress } from "./identity.ts"

const digits = (length: number) => fc.stringMatching(new RegExp(`^\\d{${length}}$`))
const brazilian = fc
  .tuple(fc.constantFrom("11", "21", "85"), fc.constantFrom("6", "7", "8", "9"), digits(7))
  .map(([area, first, rest]) => [`+55${area}9${first}${rest}`, `+55${area}${first}${rest}`] as const)
const argentine = digits(10).map((number) => [`+549${number}`, `+54${number}`] as const)
const mexican = digits(10).map((number) => [`+521${number}`, `+52${number}`] as const)
const twice = fc.oneof(brazilian, argentine, mexican)
const israeli = fc.stringMatching(/^\+9725\d{8}$/)
const bsuids = fc.stringMatching(/^bsuid:(IL|US)\.[A-Za-z0-9]{1,8}$/)
/** Few of each, so that they meet. */
const pool = fc.sample(
  fc.oneof(
    twice.map(([long]) => long),
    twice.map(([, short]) => short),
    israeli,
    bsuids,
  ),
  { seed: 7, numRuns: 6 },
)
const addresses = fc.constantFrom(...pool, ...pool.map(sameAddress))
const account = fc.constantFrom("a", "b")
const channel = fc.constantFrom("whatsapp", "sms")
const found: fc.Arbitrary<Found> = fc.record({
  channel,
  account,
  address: addresses,
  customer: fc.constantFrom("c1", "c2", "c3"),
})
const asked: fc.Arbitrary<Asked> = fc.record({
  channel,
  account,
  addresses: fc.array(addresses, { minLength: 1, maxLength: 3 }),
})

describe("an address", () => {
  it.each([
    ["whatsapp", "972501234567", "+972501234567"],
    ["whatsapp", " +972 (50) 123-45.67 ", "+972501234567"],
    ["sms", "00972501234567", "+972501234567"],
    ["whatsapp", "IL.123aB", "bsuid:IL.123aB"],
    ["whatsapp", "bsuid:US.ENT.9", "bsuid:US.ENT.9"],
    ["email", "Ann@Example.ORG", "ann@example.org"],
    ["matrix", "@Ann:example.org", "@Ann:example.org"],
    // At home only: no plus says which country it is in.
    ["sms", "0501234567", "0501234567"],
    ["sms", "+123", "+123"],
    ["telegram", "ann_the_first", "ann_the_first"],
  ])("on %s, %s is kept as %s", (on, given, kept) => expect(normalAddress(on, given)).toBe(kept))

  it("is kept as it was kept", () => {
    fc.assert(
      fc.property(fc.constantFrom("whatsapp", "sms", "email", "matrix", "telegram"), fc.string(), (on, given) => {
        const kept = normalAddress(on, given)
        expect(normalAddress(on, kept)).toBe(kept)
      }),
    )
  })

  it("is the same in both ways that its country writes it", () => {
    fc.assert(
      fc.property(twice, ([long, short]) => {
        expect(sameAddress(long)).toBe(sameAddress(short))
      }),
    )
  })

  it("is its own in countries with one way, on lines that are not mobile, and where it is no number", () => {
    fc.assert(
      fc.property(fc.oneof(israeli, bsuids), (address) => {
        expect(sameAddress(address)).toBe(address)
      }),
    )
    expect(sameAddress("+551193456789")).toBe("+551193456789")
    expect(sameAddress("+5511934567890")).toBe("+5511934567890")
  })

  it("that is the same stays the same", () => {
    fc.assert(
      fc.property(twice, ([long]) => {
        expect(sameAddress(sameAddress(long))).toBe(sameAddress(long))
      }),
    )
  })
})

describe("a lookup", () => {
  it("answers the same in whatever order identities come", () => {
    fc.assert(
      fc.property(asked, fc.array(found), (question, all) => {
        expect(hitsOf(question, all.toReversed())).toEqual(hitsOf(question, all))
      }),
    )
  })

  it("leaves out no customer that fits, and names none twice", () => {
    fc.assert(
      fc.property(asked, fc.array(found), (question, all) => {
        const fitting = all.filter((one) => matchOf(question, one) !== undefined).map(({ customer }) => customer)
        const hits = hitsOf(question, all).map(({ customer }) => customer)
        expect(hits.toSorted()).toEqual([...new Set(fitting)].sort())
      }),
    )
  })

  it("prefers whom the very address belongs to", () => {
    fc.assert(
      fc.property(asked, fc.array(found), (question, all) => {
        const [address] = question.addresses
        const { channel: on, account: at } = question
        const others = all.filter((one) => one.channel !== on || one.account !== at || one.address !== address)
        const own = { channel: on, account: at, address: address!, customer: "own" }
        expect(hitsOf(question, [...others, own])[0]).toEqual({ customer: "own", by: "exact" })
      }),
    )
  })

  it("never takes an id of another portfolio, nor another channel's address", () => {
    fc.assert(
      fc.property(asked, found, (question, one) => {
        const foreign = one.channel !== question.channel || one.account !== question.account
        if (!foreign || (one.channel === question.channel && !one.address.startsWith("bsuid:"))) return
        expect(matchOf(question, one)).toBeUndefined()
      }),
    )
  })

  it("goes from the exact address over WhatsApp's id and the number to how a country writes it", () => {
    const at = (address: string, customer: string, account = "1") => ({
      channel: "whatsapp",
      account,
      address,
      customer,
    })
    const question = normalAsked({
      channel: "whatsapp",
      account: "1",
      addresses: ["nick", "IL.1", "5511987654321"],
    })
    const all = [
      at("+551187654321", "national"),
      at("+5511987654321", "number", "2"),
      at("bsuid:IL.1", "id"),
      at("nick", "exact"),
      at("bsuid:IL.1", "foreign", "2"),
    ]
    expect(hitsOf(question, all)).toEqual([
      { customer: "exact", by: "exact" },
      { customer: "id", by: "bsuid" },
      { customer: "number", by: "address" },
      { customer: "national", by: "national" },
    ])
  })
})
