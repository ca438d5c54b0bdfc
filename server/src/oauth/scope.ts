/**
 * What an OAuth 2.0 client asks to be allowed: the whole Client-Server API, as one device.
 * Spec: client-server API, "Scope".
 */
import type { DeviceId } from "@biz1/protocol/ids"

/** Each also under the name it had before it was stable, which is what clients in use still ask for. */
const namespaces = ["urn:matrix:client:", "urn:matrix:org.matrix.msc2967.client:"]
const api = namespaces.map((namespace) => `${namespace}api:*`)
const devices = namespaces.map((namespace) => `${namespace}device:`)

const valuesOf = (scope: string | undefined) => scope?.split(" ") ?? []

/** Those of the values that mean something here. */
export const matrixScopes = (scope: string | undefined): ReadonlyArray<string> =>
  valuesOf(scope).filter((value) => api.includes(value) || devices.some((prefix) => value.startsWith(prefix)))

const devicesIn = (scope: string | undefined) => {
  const ids = valuesOf(scope).flatMap((value) =>
    devices.filter((prefix) => value.startsWith(prefix)).map((prefix) => value.slice(prefix.length)),
  )
  return new Set(ids)
}

/** The device that a client wants to be. */
export const deviceOf = (scope: string | undefined): DeviceId | undefined => {
  const [deviceId] = devicesIn(scope)
  return deviceId as DeviceId | undefined
}

/** Why a login may not have this scope; undefined if it may. */
export const problemOf = (scope: string | undefined): string | undefined => {
  if (!valuesOf(scope).some((value) => api.includes(value))) return "the scope has to hold the client-server API"
  const ids = devicesIn(scope)
  if (ids.size !== 1) return "the scope has to name one device"
  return [...ids].every((id) => deviceIdPattern.test(id)) ? undefined : "the scope holds no good device ID"
}

/** The specification asks for RFC 3986's unreserved characters. */
const deviceIdPattern = /^[A-Za-z0-9._~-]{1,255}$/
