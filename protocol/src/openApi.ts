/** The contracts as an OpenAPI 3.1 document, for people and programs that do not read TypeScript. */
import { Schema } from "effect"
import type { Endpoint } from "./Endpoint.ts"
import { isJsonObject, type Json, type JsonObject } from "./json.ts"

type Contract = Endpoint<never, never, never, never>

const errorRef = "#/components/schemas/MatrixError"

export const openApi = (
  info: { readonly title: string; readonly version: string },
  contracts: ReadonlyArray<Contract>,
) => {
  const components: Record<string, Json> = {
    MatrixError: {
      type: "object",
      properties: { errcode: { type: "string" }, error: { type: "string" } },
      required: ["errcode", "error"],
    },
  }

  /** What crosses the wire: a schema of its own, what it names beside it going to the components. */
  const schemaOf = (schema: Schema.Top): JsonObject => {
    const text = JSON.stringify(Schema.toJsonSchemaDocument(schema)).replaceAll("#/$defs/", "#/components/schemas/")
    const { schema: found, definitions } = JSON.parse(text) as { schema: JsonObject; definitions: JsonObject }
    Object.assign(components, definitions)
    // A struct without fields takes anything but null, which is to say any object.
    return "not" in found ? { type: "object" } : found
  }

  const parametersOf = ({ path, params, query }: Contract): ReadonlyArray<Json> => {
    const inPath = propertiesOf(schemaOf(params))
    const inQuery = propertiesOf(schemaOf(query))
    return [
      ...namesIn(path).map((name) => ({
        name,
        in: "path",
        required: true,
        schema: inPath.schemas[name] ?? { type: "string" },
      })),
      ...Object.entries(inQuery.schemas).map(([name, schema]) => ({
        name,
        in: "query",
        required: inQuery.required.includes(name),
        schema,
      })),
    ]
  }

  const operationOf = (contract: Contract): JsonObject => ({
    operationId: contract.operationId,
    security: {
      none: [],
      optional: [{}, { accessToken: [] }],
      user: [{ accessToken: [] }],
      business: [{ accessToken: [] }],
    }[contract.access],
    parameters: parametersOf(contract),
    ...(contract.body === undefined
      ? {}
      : { requestBody: { content: { "application/json": { schema: schemaOf(contract.body) } } } }),
    responses: {
      "200": {
        description: "Done",
        content: { "application/json": { schema: schemaOf(contract.success) } },
      },
      default: {
        description: "Refused, and why",
        content: { "application/json": { schema: { $ref: errorRef } } },
      },
    },
  })

  const paths: Record<string, Record<string, Json>> = {}
  for (const contract of contracts) {
    const path = contract.path.replaceAll(parameter, (_, colon, name) => (colon ? ":" : `{${name}}`))
    const operations = (paths[path] ??= {})
    operations[contract.method.toLowerCase()] = operationOf(contract)
  }
  return {
    openapi: "3.1.0",
    info,
    paths,
    components: { schemas: components, securitySchemes: { accessToken: { type: "http", scheme: "bearer" } } },
  } satisfies JsonObject
}

/** A colon that stands for itself is written twice. */
const parameter = /(::)|:(\w+)/g

const namesIn = (path: string) =>
  [...path.matchAll(parameter)].flatMap(([, , name]) => (name === undefined ? [] : [name]))

const propertiesOf = ({ properties, required }: JsonObject) => ({
  schemas: isJsonObject(properties) ? properties : {},
  required: Array.isArray(required) ? required : [],
})
