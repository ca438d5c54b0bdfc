import { Schema } from "effect"

/** PostgreSQL of our own cannot be had; says what to do. */
export class EmbeddedPostgresError extends Schema.TaggedError<EmbeddedPostgresError>()("EmbeddedPostgresError", {
  message: Schema.String,
}) {}

/** Another process supervises this cluster. */
export class AlreadyRunning extends Schema.TaggedError<AlreadyRunning>()("AlreadyRunning", {
  message: Schema.String,
}) {}
