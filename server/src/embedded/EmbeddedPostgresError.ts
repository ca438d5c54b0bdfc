import { Schema } from "effect"

/** PostgreSQL of our own cannot be had; says what to do. */
export class EmbeddedPostgresError extends Schema.TaggedError<EmbeddedPostgresError>()("EmbeddedPostgresError", {
  message: Schema.String,
}) {}
