/** Getting a device: password login and registration. Plain requests, so that the first screen needs no SDK. */
import type { Session } from "./model.ts"

/** What the server refused, with its own words. */
export class SignInError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** What a person may have to give besides a name and a password. */
export type Wanted = "registrationToken" | "stage"

interface Granted {
  readonly user_id: string
  readonly device_id: string
  readonly access_token: string
}

interface Challenge {
  readonly flows?: ReadonlyArray<{ readonly stages: ReadonlyArray<string> }>
  readonly completed?: ReadonlyArray<string>
  readonly session?: string
  readonly errcode?: string
  readonly error?: string
}

const post = async (url: string, body: unknown) => {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => {
    throw new SignInError("unreachable", url)
  })
  const answer: unknown = await response.json().catch(() => ({}))
  return { status: response.status, answer }
}

const refuse = (answer: unknown): never => {
  const { errcode, error } = answer as Challenge
  throw new SignInError(errcode ?? "M_UNKNOWN", error ?? "")
}

const toSession = (baseUrl: string, granted: unknown): Session => {
  const { user_id, device_id, access_token } = granted as Granted
  return { baseUrl, userId: user_id, deviceId: device_id, accessToken: access_token }
}

const deviceName = "Biz1 Messenger"

export const signIn = async (baseUrl: string, user: string, password: string): Promise<Session> => {
  const { status, answer } = await post(`${baseUrl}/_matrix/client/v3/login`, {
    type: "m.login.password",
    identifier: { type: "m.id.user", user: user.trim() },
    password,
    initial_device_display_name: deviceName,
  })
  return status === 200 ? toSession(baseUrl, answer) : refuse(answer)
}

/**
 * Registers, walking the user-interactive stages that need nobody's help, and the others on the server's own pages.
 * Spec: client-server, "User-Interactive Authentication API".
 * @param passOnPage opens the page of a stage; false where the person has left it
 * @returns the session, or what the server wants first.
 */
export const register = async (
  baseUrl: string,
  username: string,
  password: string,
  registrationToken: string,
  passOnPage: (url: string) => Promise<boolean>,
): Promise<Session | Wanted> => {
  const request = { username: username.trim(), password, initial_device_display_name: deviceName }
  let auth: Record<string, string> | undefined
  const visited = new Set<string>()

  while (true) {
    const { status, answer } = await post(
      `${baseUrl}/_matrix/client/v3/register`,
      auth ? { ...request, auth } : request,
    )
    if (status === 200) return toSession(baseUrl, answer)

    const challenge = answer as Challenge
    if (status !== 401 || challenge.flows === undefined) return refuse(answer)
    // A stage that fails is answered with an error beside the flows.
    if (auth !== undefined && challenge.errcode !== undefined) return refuse(answer)

    const stage = nextStage(challenge)
    if (stage === "m.login.registration_token" && registrationToken === "") return "registrationToken"
    const session = challenge.session ?? ""
    if (!known.includes(stage)) {
      // A page that was passed need not be opened again.
      if (visited.has(stage) || session === "") throw new SignInError("unsupported", "")
      visited.add(stage)
      const url = `${baseUrl}/_matrix/client/v3/auth/${encodeURIComponent(stage)}/fallback/web?session=${encodeURIComponent(session)}`
      if (!(await passOnPage(url))) return "stage"
      auth = { session }
      continue
    }
    auth = {
      type: stage,
      session,
      ...(stage === "m.login.registration_token" ? { token: registrationToken.trim() } : {}),
    }
  }
}

const known = ["m.login.dummy", "m.login.registration_token"]

/** Rather of a flow that can be walked here to its end. */
const nextStage = ({ flows = [], completed = [] }: Challenge): string => {
  const flow = flows.find(({ stages }) => stages.every((stage) => known.includes(stage))) ?? flows[0]
  const stage = flow?.stages.find((one) => !completed.includes(one))
  if (stage === undefined) throw new SignInError("unsupported", "")
  return stage
}
