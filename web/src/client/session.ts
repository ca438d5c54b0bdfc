/** The signed-in device, kept in this browser. */
import type { Session } from "./model.ts"

const key = "biz1.session"

export const readSession = (): Session | undefined => {
  const text = localStorage.getItem(key)
  if (text === null) return undefined
  const value = JSON.parse(text) as Partial<Session>
  const { baseUrl, userId, deviceId, accessToken } = value
  return baseUrl && userId && deviceId && accessToken ? { baseUrl, userId, deviceId, accessToken } : undefined
}

export const keepSession = (session: Session) => localStorage.setItem(key, JSON.stringify(session))

export const forgetSession = () => localStorage.removeItem(key)
