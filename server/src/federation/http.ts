/** Every operation of the Server-Server API that is served. */
import * as server from "./server.ts"

export const federationHandlers = Object.values(server)
