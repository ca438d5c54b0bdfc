/**
 * `verify.mjs`: checks a bundle of evidence with nothing but Node, without a network and without any code of ours, so
 * that whoever doubts us can read the whole of it. It gives the verdicts of `core/src/business/evidence.ts`.
 * Specification: `rooms/v1` to `rooms/v12`, "Redactions" and "Event IDs"; appendices, "Canonical JSON", "Signing JSON".
 */
export const VERIFIER = String.raw`// Checks this bundle of evidence: node verify.mjs
// Needs Node 20 or later, no network and nothing to install.
import { createHash, createPublicKey, verify } from "node:crypto"
import { readFileSync } from "node:fs"

const here = (name) => new URL(name, import.meta.url)
const read = (name) => JSON.parse(readFileSync(here(name), "utf8"))
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value)
const unpadded = (base64) => base64.replace(/=+$/, "")
const has = Object.hasOwn

// Canonical JSON: members sorted by code points, no blanks.
const byCodePoint = (a, b) => Buffer.compare(Buffer.from(a, "utf8"), Buffer.from(b, "utf8"))
const canonical = (value) => {
  if (Array.isArray(value)) return "[" + value.map(canonical).join(",") + "]"
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.keys(value).sort(byCodePoint)
  return "{" + members.map((key) => JSON.stringify(key) + ":" + canonical(value[key])).join(",") + "}"
}
const without = (object, ...keys) => Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)))
const sha256 = (data, encoding) => createHash("sha256").update(data).digest(encoding)

// What each room version leaves of an event when it is redacted.
const redact = (event, version) => {
  const top = ["event_id", "type", "room_id", "sender", "state_key", "content", "hashes", "signatures", "depth"]
  top.push("prev_events", "auth_events", "origin_server_ts")
  if (version < 11) top.push("origin", "membership", "prev_state")
  const redacted = Object.fromEntries(Object.entries(event).filter(([key]) => top.includes(key)))
  const content = isObject(event.content) ? event.content : {}
  const { type } = event
  if (type === "m.room.create" && version >= 11) return { ...redacted, content }
  const kept = {
    "m.room.member": ["membership", ...(version >= 9 ? ["join_authorised_via_users_server"] : [])],
    "m.room.create": ["creator"],
    "m.room.join_rules": ["join_rule", ...(version >= 8 ? ["allow"] : [])],
    "m.room.power_levels": ["ban", "events", "events_default", "kick", "redact", "state_default", "users"],
    "m.room.history_visibility": ["history_visibility"],
    "m.room.aliases": version < 6 ? ["aliases"] : [],
    "m.room.redaction": version >= 11 ? ["redacts"] : [],
  }
  kept["m.room.power_levels"].push("users_default", ...(version >= 11 ? ["invite"] : []))
  const keys = typeof type === "string" && has(kept, type) ? kept[type] : []
  const left = Object.fromEntries(keys.filter((key) => has(content, key)).map((key) => [key, content[key]]))
  const invite = content.third_party_invite
  if (version >= 11 && type === "m.room.member" && isObject(invite) && has(invite, "signed")) {
    left.third_party_invite = { signed: invite.signed }
  }
  return { ...redacted, content: left }
}

const signedForm = (event, version) => canonical(without(redact(event, version), "signatures", "unsigned", "age_ts"))
const idOf = (event, version) => {
  if (version < 3) return event.event_id
  const hash = sha256(signedForm(event, version), version === 3 ? "base64" : "base64url")
  return "$" + unpadded(hash)
}
const contentIsWhole = (event) => {
  const claimed = isObject(event.hashes) ? event.hashes.sha256 : undefined
  const actual = sha256(canonical(without(event, "unsigned", "signatures", "hashes")), "base64")
  return typeof claimed === "string" && unpadded(claimed) === unpadded(actual)
}
const signatureIsValid = (text, signature, publicKey) => {
  if (typeof signature !== "string") return false
  const bytes = Buffer.from(signature, "base64")
  const raw = Buffer.from(publicKey, "base64")
  if (unpadded(bytes.toString("base64")) !== signature || raw.length !== 32) return false
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") }, format: "jwk" })
  return verify(null, Buffer.from(text), key, bytes)
}

const serverOf = (id) => (typeof id === "string" ? id.slice(id.indexOf(":") + 1) : "")

const faultOf = ({ eventId, pdu }, { version, roomId, keys }) => {
  if (has(pdu, "unsigned")) return "it holds something that nobody signed"
  if (idOf(pdu, version) !== eventId) return "its id is not its own"
  const createsRoom = version >= 12 && pdu.type === "m.room.create"
  if ((createsRoom ? "!" + eventId.slice(1) : pdu.room_id) !== roomId) return "it is of another room"
  if (!isObject(pdu.signatures)) return "it is not signed"
  const signers = [serverOf(pdu.sender), ...(version < 3 ? [serverOf(eventId)] : [])]
  for (const server of signers) {
    const own = pdu.signatures[server]
    if (!isObject(own) || Object.keys(own).length === 0) return "its sender's server did not sign it"
  }
  const text = signedForm(pdu, version)
  for (const [server, byKey] of Object.entries(pdu.signatures)) {
    for (const [keyId, signature] of Object.entries(isObject(byKey) ? byKey : { "": "" })) {
      const publicKey = has(keys, server) && has(keys[server], keyId) ? keys[server][keyId] : undefined
      if (publicKey === undefined) return "it is signed with a key that is not known"
      if (!keyId.startsWith("ed25519:") || !signatureIsValid(text, signature, publicKey)) return "its signature is wrong"
    }
  }
  return undefined
}
const isWhole = (shown, bundle) => faultOf(shown, bundle) === undefined && contentIsWhole(shown.pdu)

const isEditOf = ({ pdu }, edited) => {
  if (has(pdu, "state_key") || !isObject(pdu.content)) return false
  const relates = pdu.content["m.relates_to"]
  if (!isObject(relates) || relates.rel_type !== "m.replace" || relates.event_id !== edited.eventId) return false
  if (pdu.type !== "m.room.encrypted" && !isObject(pdu.content["m.new_content"])) return false
  return pdu.type === edited.pdu.type && pdu.sender === edited.pdu.sender
}
// Since version 11 what a redaction redacts outlives its own redaction; before, its content hash alone covers it.
const redacts = (redaction, erased, bundle) => {
  const { pdu } = redaction
  const within = isObject(pdu.content) ? pdu.content.redacts : undefined
  const target = bundle.version >= 11 ? within : pdu.redacts
  if (pdu.type !== "m.room.redaction" || target !== erased.eventId) return false
  return bundle.version >= 11 ? faultOf(redaction, bundle) === undefined : isWhole(redaction, bundle)
}
const isRedacted = (pdu, version) => canonical(redact(pdu, version)) === canonical(pdu)

const verdictOf = (shown, bundle) => {
  const fault = faultOf(shown, bundle)
  if (fault !== undefined) return { verdict: "altered", why: fault }
  if (contentIsWhole(shown.pdu)) {
    const edits = bundle.events.filter((one) => isEditOf(one, shown) && isWhole(one, bundle))
    if (edits.length === 0) return { verdict: "authentic" }
    return { verdict: "edited", at: Math.max(...edits.map(({ pdu }) => pdu.origin_server_ts)) }
  }
  if (!isRedacted(shown.pdu, bundle.version)) {
    return { verdict: "altered", why: "its content is not what was signed" }
  }
  const redaction = bundle.events.find((one) => redacts(one, shown, bundle))
  if (redaction !== undefined) return { verdict: "erased", at: redaction.pdu.origin_server_ts }
  return { verdict: "altered", why: "its content is missing, and nothing says that it was erased" }
}

const say = (line) => process.stdout.write(line + "\n")
let broken = 0
const fail = (line) => {
  broken += 1
  say(line)
}
const when = (ms) => new Date(ms).toISOString()

// The list of the files, signed by the server that made the bundle.
const serverKeys = read("server-keys.json")
const keys = Object.fromEntries(
  Object.entries(serverKeys).map(([server, { verify_keys: now, old_verify_keys: old }]) => [
    server,
    Object.fromEntries(Object.entries({ ...old, ...now }).map(([keyId, { key }]) => [keyId, key])),
  ]),
)
const manifest = read("manifest.json")
const { server } = manifest
const signedText = canonical(without(manifest, "signatures", "unsigned"))
const own = isObject(manifest.signatures) && isObject(manifest.signatures[server]) ? manifest.signatures[server] : {}
const isSigned = Object.entries(own).some(
  ([keyId, signature]) =>
    has(keys, server) && has(keys[server], keyId) && signatureIsValid(signedText, signature, keys[server][keyId]),
)
if (!isSigned) fail("ALTERED manifest.json: its signature is wrong")
for (const [name, hash] of Object.entries(manifest.files)) {
  if (!/^[a-z-]+\.[a-z]+$/.test(name)) fail("ALTERED manifest.json: " + JSON.stringify(name) + " is no file of a bundle")
  else if (sha256(readFileSync(here(name)), "hex") !== hash) fail("ALTERED " + name + ": it is not as the server signed it")
}

let given
try {
  given = read("events.json")
} catch {
  say("events.json is no JSON: nothing can be said of its messages")
  process.exit(1)
}
const { events, authChain, roomId } = given
const version = Number(given.roomVersion)
const bundle = { version, roomId, keys, events }
const known = new Set([...events, ...authChain].map(({ eventId }) => eventId))

say("Room " + roomId + " of version " + version + ", exported " + manifest.madeAt + " by " + server)
for (const [name, byId] of Object.entries(keys)) {
  for (const [keyId, key] of Object.entries(byId)) say("Key of " + name + ": " + keyId + " " + key)
}
for (const shown of events) {
  const { verdict, at, why } = verdictOf(shown, bundle)
  const line = shown.eventId + (at === undefined ? "" : " at " + when(at)) + (why === undefined ? "" : ": " + why)
  if (verdict === "altered") fail("ALTERED " + line)
  else say(verdict.toUpperCase() + " " + line)
}
// Erased events of the auth chain keep what the rules look at: nothing need say when they were.
for (const shown of authChain) {
  const isAsSigned = contentIsWhole(shown.pdu) || isRedacted(shown.pdu, version)
  const fault = faultOf(shown, bundle) ?? (isAsSigned ? undefined : "its content is not what was signed")
  if (fault !== undefined) fail("ALTERED " + shown.eventId + " of the auth chain: " + fault)
}
for (const { eventId, pdu } of [...events, ...authChain]) {
  for (const edge of Array.isArray(pdu.auth_events) ? pdu.auth_events : []) {
    const id = Array.isArray(edge) ? edge[0] : edge
    if (!known.has(id)) fail("MISSING " + id + ", which " + eventId + " rests on")
  }
}
say(broken === 0 ? "Everything is as it was signed." : "NOT everything is as it was signed: " + broken + " findings.")
process.exit(broken === 0 ? 0 : 1)
`
