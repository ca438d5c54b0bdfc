/**
 * Whose address this is. Networks write the same address in several ways, and have changed how they write it: what is
 * the same person is found by the address as it was given, then by what is known of its network and its country.
 */
import { MATCHES } from "@biz1/protocol/business/customers"

/** Where a customer is reached: `account` is the organisation's own number or mailbox on that channel. */
export interface Identity {
  readonly channel: string
  readonly account: string
  readonly address: string
}

/**
 * `exact` is the first address that was asked for, at its account; `bsuid` the id that WhatsApp gives a user within one
 * portfolio of businesses; `address` a number or mailbox, the same whichever account it writes to; `national` a number
 * that its country writes in another way, too.
 */
export type Match = (typeof MATCHES)[number]

const bsuid = /^(?:bsuid:)?([A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128})$/
const isBsuid = (address: string) => address.startsWith("bsuid:")

/** E.164 allows 15 digits; shorter ones than this are nobody's number abroad. */
const e164 = /^\+[1-9]\d{6,14}$/
const written = /^[+\d][\d\s().-]*$/

/** The one way in which an address is kept: a number as E.164, a mailbox in small letters, all else as it is. */
export const normalAddress = (channel: string, given: string): string => {
  const address = given.trim()
  if (channel === "email") return address.toLowerCase()
  if (channel === "matrix") return address
  const id = channel === "whatsapp" ? bsuid.exec(address) : null
  if (id !== null) return `bsuid:${id[1]}`
  if (!written.test(address)) return address
  const digits = address.replaceAll(/\D/g, "")
  // WhatsApp leaves out the plus of its numbers.
  const international = address.startsWith("+") || channel === "whatsapp" ? digits.replace(/^00/, "") : undefined
  const number = `+${international ?? digits.replace(/^00/, "")}`
  return (international !== undefined || digits.startsWith("00")) && e164.test(number) ? number : address
}

/**
 * Numbers that are written with and without a digit for being mobile: Brazil's ninth, which numbers from before have not
 * everywhere, Argentina's 9 and Mexico's 1, which are for calls from abroad.
 */
const nationalForms = [
  { long: /^\+55([1-9]\d)9([6-9]\d{7})$/, short: "+55$1$2" },
  { long: /^\+549(\d{10})$/, short: "+54$1" },
  { long: /^\+521(\d{10})$/, short: "+52$1" },
] as const

/** The same for all ways to write an address; itself where there is one way. */
export const sameAddress = (address: string): string =>
  nationalForms.reduce((text, { long, short }) => text.replace(long, short), address)

/** Addresses of one person, as one message names them: the first before all others. */
export interface Asked {
  readonly channel: string
  readonly account: string
  readonly addresses: ReadonlyArray<string>
}

export const normalAsked = ({ channel, account, addresses }: Asked): Asked => ({
  channel,
  account,
  addresses: addresses.map((address) => normalAddress(channel, address)),
})

/** How an identity that is kept fits; undefined where it is somebody else's for all that is known. */
export const matchOf = (asked: Asked, { channel, account, address }: Identity): Match | undefined => {
  if (channel !== asked.channel) return undefined
  const here = account === asked.account
  if (here && address === asked.addresses[0]) return "exact"
  if (isBsuid(address)) return here && asked.addresses.includes(address) ? "bsuid" : undefined
  if (asked.addresses.includes(address)) return "address"
  return asked.addresses.some((one) => sameAddress(one) === sameAddress(address)) ? "national" : undefined
}

export interface Found extends Identity {
  readonly customer: string
}

export interface Hit {
  readonly customer: string
  readonly by: Match
}

/** One hit for each customer, the surest first. More than one is for people to decide: nobody is merged silently. */
export const hitsOf = (asked: Asked, found: ReadonlyArray<Found>): ReadonlyArray<Hit> => {
  const ranked = found
    .flatMap((one) => {
      const by = matchOf(asked, one)
      const elsewhere = one.account === asked.account ? 0 : 1
      return by === undefined ? [] : [{ customer: one.customer, by, rank: [MATCHES.indexOf(by), elsewhere] as const }]
    })
    .sort((a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1] || (a.customer < b.customer ? -1 : 1))
  const hits = new Map<string, Hit>()
  for (const { customer, by } of ranked) if (!hits.has(customer)) hits.set(customer, { customer, by })
  return [...hits.values()]
}
