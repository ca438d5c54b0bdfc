/**
 * `npm start -- --demo`: a small workspace to look around in. Everything is done as clients do it, and can be done again:
 * accounts and rooms that are there are taken as they are, and messages carry the same transaction ids each time.
 */
import { randomBytes } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { chart } from "./chart.mjs"
import { conversations, people } from "./workspace.mjs"

/** Fills the workspace; gives whom to sign in as. */
export const seed = async (base, folder) => {
  const passwordFile = join(folder, "demo-password")
  if (!existsSync(passwordFile)) writeFileSync(passwordFile, randomBytes(9).toString("base64url"), { mode: 0o600 })
  const password = readFileSync(passwordFile, "utf8")

  const users = {}
  for (const [name, displayname] of Object.entries(people)) users[name] = await enter(base, name, displayname, password)
  for (const [key, conversation] of Object.entries(conversations)) await hold(users, key, conversation)
  return { user: Object.keys(people)[0], password }
}

/** Signs in; makes the account first where there is none. */
const enter = async (base, name, displayname, password) => {
  const device = { device_id: "DEMO", initial_device_display_name: "Demo workspace" }
  const account = { username: name, password, inhibit_login: true, auth: { type: "m.login.dummy" } }
  await call(base, "POST", "/v3/register", account).catch((error) => {
    if (error.errcode !== "M_USER_IN_USE") throw error
  })
  const identifier = { type: "m.id.user", user: name }
  const login = { ...device, type: "m.login.password", identifier, password }
  const { access_token, user_id } = await call(base, "POST", "/v3/login", login).catch((error) => {
    if (error.errcode !== "M_FORBIDDEN") throw error
    throw new Error(
      `Somebody else is ${name} on this server, so it cannot have the demo workspace: choose another DATA_DIR.`,
    )
  })
  const ask = (method, path, body) => call(base, method, path, body, access_token)
  await ask("PUT", `/v3/profile/${encodeURIComponent(user_id)}/displayname`, { displayname })
  return { userId: user_id, ask, base, token: access_token }
}

/** Makes the room, lets everybody in, and has them say what they say. */
const hold = async (users, key, { name, topic, direct = false, members, messages, read = members }) => {
  const [creator, ...others] = members.map((member) => users[member])
  const alias = `demo-${key}`
  const server = creator.userId.slice(creator.userId.indexOf(":"))
  const room = await creator.ask("GET", `/v3/directory/room/${encodeURIComponent(`#${alias}${server}`)}`).catch(() =>
    creator.ask("POST", "/v3/createRoom", {
      preset: direct ? "trusted_private_chat" : "private_chat",
      room_alias_name: alias,
      is_direct: direct,
      invite: others.map(({ userId }) => userId),
      ...(direct ? {} : { name, topic }),
    }),
  )
  const path = `/v3/rooms/${encodeURIComponent(room.room_id)}`
  for (const other of others) {
    await other.ask("POST", `${path}/join`, {})
    if (direct) await markDirect(creator, other, room.room_id)
  }

  const sent = []
  for (const [index, { from, reply, react, image, ...content }] of messages.entries()) {
    const type = react === undefined ? "m.room.message" : "m.reaction"
    const body = react === undefined ? { msgtype: "m.text", ...content } : annotation(sent[react.to], react.key)
    if (reply !== undefined) body["m.relates_to"] = { "m.in_reply_to": { event_id: sent[reply] } }
    if (image !== undefined) Object.assign(body, await upload(users[from], image))
    const { event_id } = await users[from].ask("PUT", `${path}/send/${type}/demo-${index}`, body)
    sent.push(event_id)
  }
  for (const reader of read) {
    await users[reader].ask("POST", `${path}/receipt/m.read/${encodeURIComponent(sent.at(-1))}`, {})
  }
}

const annotation = (event_id, key) => ({ "m.relates_to": { rel_type: "m.annotation", event_id, key } })

/** Spec: client-server API, "Direct Messaging": both sides remember whom the room is with. */
const markDirect = async (one, other, roomId) => {
  for (const [mine, theirs] of [
    [one, other],
    [other, one],
  ]) {
    const path = `/v3/user/${encodeURIComponent(mine.userId)}/account_data/m.direct`
    const direct = await mine.ask("GET", path).catch(() => ({}))
    await mine.ask("PUT", path, { ...direct, [theirs.userId]: [roomId] })
  }
}

const upload = async ({ base, token }, { name, values }) => {
  const picture = chart(values)
  const response = await fetch(`${base}/_matrix/media/v3/upload?filename=${encodeURIComponent(name)}`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "image/png" },
    body: picture.png,
  })
  const { content_uri } = await answerOf(response)
  const info = { mimetype: "image/png", size: picture.png.length, w: picture.width, h: picture.height }
  return { msgtype: "m.image", body: name, filename: name, url: content_uri, info }
}

const call = async (base, method, path, body, token) => {
  const response = await fetch(`${base}/_matrix/client${path}`, {
    method,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (response.status !== 429) return answerOf(response)
  await sleep((await response.json()).retry_after_ms ?? 500)
  return call(base, method, path, body, token)
}

const answerOf = async (response) => {
  const answer = await response.json()
  if (response.ok) return answer
  throw Object.assign(new Error(`${response.url}: ${answer.error}`), { errcode: answer.errcode })
}
