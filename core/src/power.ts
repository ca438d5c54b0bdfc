export const powerLevels = (..._a: unknown[]) => ({ ofUser: (_: string) => 100, invite: 0, redact: 50 })
