/** `docs/configuration.md`, from the table of settings. */
import { settings } from "./config.ts"
import { limits } from "./limits.ts"

export const configurationPage = (): string => {
  const rows = Object.entries(settings).map(([name, setting]) => {
    const fallback = "fallback" in setting && setting.fallback !== "" ? `\`${setting.fallback}\`` : "none"
    return `| \`${name}\` | ${setting.unit} | ${fallback} | ${setting.meaning} |`
  })
  const limitRows = Object.entries(limits).map(
    ([name, { unit, fallback, minimum, maximum, meaning }]) =>
      `| \`${name}\` | ${unit} | ${fallback} | ${minimum} to ${maximum} | ${meaning} |`,
  )
  return `# Configuration

The server takes its settings from the environment at its start. A wrong value is refused with a sentence that says what
would be right. \`npm start\` chooses \`DATABASE_URL\`, \`DATA_DIR\` and \`WEB_DIR\` itself, and opens registration.

| setting | unit | default | meaning |
| --- | --- | --- | --- |
${rows.join("\n")}

## Limits

What \`LIMITS\` may set, with \`name=value\` and commas between. Those by the second hold while \`RATE_LIMITS\` is on.

| limit | unit | default | bounds | meaning |
| --- | --- | --- | --- | --- |
${limitRows.join("\n")}
`
}
