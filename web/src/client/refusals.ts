/** What the server said of messages that it refused, by transaction id, kept in this browser until they are dealt with. */
const key = "biz1.refused"

type Kept = Readonly<Record<string, string>>
let known: Kept | undefined
const read = () => (known ??= JSON.parse(localStorage.getItem(key) ?? "{}") as Kept)

const write = (now: Kept) => {
  known = now
  localStorage.setItem(key, JSON.stringify(now))
}

export const of = (txnId: string | undefined): string | undefined => (txnId === undefined ? undefined : read()[txnId])

export const remember = (txnId: string | undefined, reason: string) => {
  if (txnId !== undefined && of(txnId) !== reason) write({ ...read(), [txnId]: reason })
}

export const forget = (txnId: string | undefined) => {
  if (txnId === undefined || of(txnId) === undefined) return
  const { [txnId]: _gone, ...rest } = read()
  write(rest)
}

export const forgetAll = () => {
  known = undefined
  localStorage.removeItem(key)
}
