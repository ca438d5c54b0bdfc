/** Effect's log as JSON lines on stderr, by pino. Fields by their names; what is secret never reaches a line. */
import { Cause, Layer, Logger, References } from "effect"
import { pino } from "pino"
import type { ServerConfig } from "../config.ts"

const levels = {
  Fatal: "fatal",
  Error: "error",
  Warn: "warn",
  Info: "info",
  Debug: "debug",
  Trace: "trace",
} as const

const secrets = ["password", "token", "access_token", "refresh_token", "authorization", "seed", "databaseUrl"]

export const layer = (level: ServerConfig["Service"]["logLevel"]) => {
  const out = pino(
    { level: "trace", base: null, redact: { paths: [...secrets, ...secrets.map((name) => `*.${name}`)], censor: "…" } },
    pino.destination({ fd: 2, sync: true }),
  )
  const logger = Logger.make(({ cause, fiber, logLevel, message }) => {
    const fields: Record<string, unknown> = { ...fiber.getRef(References.CurrentLogAnnotations) }
    const words: Array<string> = []
    for (const part of Array.isArray(message) ? message : [message]) {
      if (typeof part === "object" && part !== null) Object.assign(fields, Cause.isCause(part) ? shown(part) : part)
      else words.push(String(part))
    }
    if (cause.reasons.length > 0) Object.assign(fields, shown(cause))
    out[levels[logLevel as keyof typeof levels] ?? "info"](fields, words.join(" "))
  })
  return Layer.mergeAll(Logger.layer([logger]), Layer.succeed(References.MinimumLogLevel, level))
}

const shown = (cause: Cause.Cause<unknown>) => ({ cause: Cause.pretty(cause) })
