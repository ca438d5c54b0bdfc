/**
 * Loads any Matrix homeserver through its Client-Server API and prints what it could take.
 *
 *   node test/bench/load.ts --base http://127.0.0.1:8008 --scenario send --concurrency 64
 *
 * Scenarios: send (acknowledged messages), fanout (everyone in long-poll sync), sync (empty syncs), join (create, invite,
 * join), history (pages of a room), login. Options: --rooms, --members, --seconds, and --pid: the server's process, or several
 * with commas between, whose CPU seconds for 1,000 of what is counted and whose peak of memory are told, too. The server
 * needs open registration and no rate limits. Latencies are milliseconds. The exit status is 1 if a delivery was lost,
 * doubled or out of order.
 */
import { parseArgs } from "node:util"
import { Meter } from "./Meter.ts"
import { percentiles, repeat } from "./measure.ts"
import { type Account, type Room, populate, register } from "./people.ts"

const { values } = parseArgs({
  options: {
    base: { type: "string", default: "http://127.0.0.1:8008" },
    scenario: { type: "string", default: "send" },
    concurrency: { type: "string", default: "16" },
    rooms: { type: "string" },
    members: { type: "string" },
    seconds: { type: "string", default: "10" },
    pid: { type: "string", default: "" },
  },
})
const concurrency = Number(values.concurrency)
const seconds = Number(values.seconds)
const meter = new Meter(values.pid.split(",").filter(Boolean).map(Number))
const size = (rooms: number, members: number) =>
  populate(values.base, Number(values.rooms ?? rooms), Number(values.members ?? members))

const text = (mark: string) => ({
  msgtype: "m.text",
  body: `An ordinary message of about eighty characters, as people write them: ${mark}`,
})

const send = async () => {
  const rooms = await size(20, 10)
  return repeat(concurrency, seconds, meter, async (worker, turn) => {
    const room = rooms[worker % rooms.length]!
    await room.members[worker % room.members.length]!.send(room.id, text(`${worker}.${turn}`), `${worker}.${turn}`)
  })
}

/** One sender a room, as fast as it is acknowledged; what every member sees must be what was acknowledged, in its order. */
const fanout = async () => {
  const rooms = await size(1, 50)
  const latencies: Array<number> = []
  const sentAt = new Map<string, number>()
  // Everyone must be listening before anything is said.
  const tokens = await Promise.all(
    rooms.map(({ members }) => Promise.all(members.map((member) => member.sync(undefined, 0)))),
  )
  meter.start()
  const wrong = await Promise.all(
    rooms.map((room, index) =>
      fanoutRoom(
        room,
        tokens[index]!.map(({ token }) => token),
        sentAt,
        latencies,
      ),
    ),
  )
  const cost = meter.stop(sentAt.size)
  const misfits = wrong.reduce((sum, count) => sum + count, 0)
  if (misfits > 0) process.exitCode = 1
  return {
    deliveriesPerSecond: Math.round(latencies.length / seconds),
    ...percentiles(latencies),
    ...cost,
    lostDoubledOrMoved: misfits,
  }
}

const fanoutRoom = async (
  room: Room,
  tokens: ReadonlyArray<string>,
  sentAt: Map<string, number>,
  latencies: Array<number>,
) => {
  const acknowledged: Array<string> = []
  let over = false
  const followers = room.members.map(async (member, index) => {
    const seen: Array<string> = []
    let since = tokens[index]!
    while (!over || seen.length < acknowledged.length) {
      const { token, bodies, gapBefore } = await member.sync(since, 2000, room.id)
      since = token
      if (gapBefore !== undefined) bodies.unshift(...(await member.missed(room.id, gapBefore, seen.at(-1))))
      const now = performance.now()
      for (const body of bodies) {
        seen.push(body)
        latencies.push(now - sentAt.get(body)!)
      }
      if (over && bodies.length === 0) break // a silent poll after the end: what is missing is lost
    }
    return seen
  })
  const until = performance.now() + seconds * 1000
  for (let turn = 0; performance.now() < until; turn++) {
    const content = text(`${room.id}.${turn}`)
    sentAt.set(content.body, performance.now())
    await room.members[0]!.send(room.id, content, `fanout.${turn}`)
    acknowledged.push(content.body)
  }
  over = true
  const expected = JSON.stringify(acknowledged)
  return (await Promise.all(followers)).filter((seen) => JSON.stringify(seen) !== expected).length
}

const sync = async () => {
  const [room] = await size(1, concurrency)
  const tokens = await Promise.all(room!.members.map((member) => member.sync(undefined, 0)))
  return repeat(concurrency, seconds, meter, async (worker) => {
    tokens[worker] = await room!.members[worker]!.sync(tokens[worker]!.token, 0)
  })
}

const join = async () => {
  const people = await Promise.all(Array.from({ length: concurrency + 1 }, () => register(values.base)))
  return repeat(concurrency, seconds, meter, async (worker) => {
    const [host, guest] = [people[worker]!, people[worker + 1]!]
    const roomId = await host.createRoom({ preset: "private_chat", invite: [guest.userId] })
    await guest.join(roomId)
  })
}

const history = async () => {
  const [room] = await size(1, 2)
  const reader = room!.members[1]!
  for (let turn = 0; turn < 1000; turn++) await room!.members[0]!.send(room!.id, text(String(turn)), `history.${turn}`)
  return repeat(concurrency, seconds, meter, async () => {
    for (let from: string | undefined = "", pages = 0; from !== undefined && pages < 10; pages++)
      from = await reader.page(room!.id, from)
  })
}

const login = async () => {
  const person: Account = await register(values.base)
  return repeat(concurrency, seconds, meter, () => person.login())
}

const scenarios: Readonly<Record<string, () => Promise<object>>> = { send, fanout, sync, join, history, login }
const scenario = scenarios[values.scenario]
if (scenario === undefined) {
  console.error(`There is no scenario ${values.scenario}: choose one of ${Object.keys(scenarios).join(", ")}.`)
  process.exit(2)
}
console.log(JSON.stringify({ scenario: values.scenario, concurrency, seconds, ...(await scenario()) }, null, 2))
process.exit()
