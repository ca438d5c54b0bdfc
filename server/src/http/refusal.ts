/** What a schema has against a value, as it is answered: a sentence, and the member that it is about. */
import { SchemaIssue, type Schema } from "effect"

const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1()

export const refusalOf = ({ issue, message }: Schema.SchemaError) => {
  const path = formatIssue(issue).issues[0]?.path ?? []
  const field = path.map((step) => String(typeof step === "object" ? step.key : step)).join(".")
  return { error: message.replaceAll("\n", " "), ...(field === "" ? {} : { field }) }
}
