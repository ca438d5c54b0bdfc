/** `docs/configuration.md`, from the table of settings. */
import { settings } from "./config.ts"

export const configurationPage = (): string => {
  const rows = Object.entries(settings).map(([name, setting]) => {
    const fallback = "fallback" in setting ? `\`${setting.fallback}\`` : "none"
    return `| \`${name}\` | ${setting.unit} | ${fallback} | ${setting.meaning} |`
  })
  return `# Configuration

The server takes its settings from the environment at its start. A wrong value is refused with a sentence that says what
would be right. \`npm start\` chooses \`DATABASE_URL\`, \`DATA_DIR\` and \`WEB_DIR\` itself, and opens registration.

| setting | unit | default | meaning |
| --- | --- | --- | --- |
${rows.join("\n")}
`
}
