import { Result } from "effect"
export const authorise = (..._args: unknown[]): Result.Result<void, { rule: string }> => Result.void
