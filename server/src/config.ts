import { Context, Effect, Layer } from "effect"
import type { ServerName } from "@biz1/protocol/ids"
export class ServerConfig extends Context.Service<ServerConfig, { serverName: ServerName; bindHost: string; clientPort: number; databaseUrl: string; registration: string; rateLimits: boolean; webDir: string | undefined; defaultRoomVersion: string; dataDir: string; natsUrl: string | undefined }>()("cfg") {
  static readonly layer = Layer.effect(this, Effect.sync(() => ({ serverName: (process.env.SERVER_NAME ?? "localhost") as ServerName, bindHost: "127.0.0.1", clientPort: Number(process.env.CLIENT_PORT ?? 8008), databaseUrl: process.env.DATABASE_URL!, registration: "open", rateLimits: process.env.RATE_LIMITS !== "off", webDir: process.env.WEB_DIR, defaultRoomVersion: "12", dataDir: "data", natsUrl: process.env.NATS_URL })))
}
