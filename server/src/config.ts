/**
 * Every setting of the server, in one table: the parser, the sentence that refuses a wrong value, and
 * `docs/configuration.md` all come from it.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { roomVersions } from "@biz1/core/roomVersion"
import { isEmailAddress } from "@biz1/protocol/emailAddress"
import { ServerName } from "@biz1/protocol/ids"
import { parseTerms, type Terms } from "./auth/terms.ts"
import { parseLimits, type Limits } from "./limits.ts"

/** A setting has a wrong value, or one that is needed is missing. */
export class WrongSetting extends Schema.TaggedError<WrongSetting>()("WrongSetting", { message: Schema.String }) {}

interface Setting<A> {
  readonly meaning: string
  /** What it is counted in, or what form it has. */
  readonly unit: string
  /** As text, where one is assumed. */
  readonly fallback?: string
  /** The value, or undefined where the text is not one. */
  readonly parse: (text: string) => A | undefined
  /** What a right value looks like. */
  readonly expected: string
}

const setting = <A>(given: Setting<A>) => given

const text = (text: string) => (text.includes("\0") ? undefined : text)
const oneOf =
  <const A extends string>(...values: ReadonlyArray<A>) =>
  (text: string) =>
    values.find((value) => value === text)
const onOff = (text: string) => ({ on: true, off: false })[text]
const whole = (minimum: number, maximum: number) => (text: string) =>
  /^\d{1,15}$/.test(text) && Number(text) >= minimum && Number(text) <= maximum ? Number(text) : undefined
const url =
  (...protocols: ReadonlyArray<string>) =>
  (text: string) =>
    URL.canParse(text) && protocols.includes(new URL(text).protocol) ? text : undefined
const isServerName = Schema.is(ServerName)

const port = { unit: "port", parse: whole(0, 65_535), expected: "a port from 0 to 65535" }
const file = { unit: "path", parse: text, expected: "a path to a file" }

export const settings = {
  SERVER_NAME: setting({
    meaning: "The name in all user ids, and where other servers find this one. It can never change.",
    unit: "host or host:port",
    fallback: "localhost",
    parse: (text) => (isServerName(text) ? text : undefined),
    expected: "a host name with an optional port, as in chat.example.com",
  }),
  BIND_HOST: setting({
    meaning: "The address to listen on.",
    unit: "address",
    fallback: "127.0.0.1",
    parse: text,
    expected: "an address of this machine",
  }),
  CLIENT_PORT: setting({ ...port, meaning: "Clients, and the web client, over HTTP.", fallback: "8008" }),
  FEDERATION_PORT: setting({ ...port, meaning: "Other servers, over TLS. Not listened on without it." }),
  TLS_CERT: setting({ ...file, meaning: "The certificate for the federation port, as PEM." }),
  TLS_KEY: setting({ ...file, meaning: "The certificate's key, as PEM." }),
  TLS_CA: setting({ ...file, meaning: "Authorities to trust beside the system's, as PEM." }),
  DATA_DIR: setting({
    meaning: "Where media are kept.",
    unit: "path",
    fallback: "data",
    parse: text,
    expected: "a path to a folder",
  }),
  DATABASE_URL: setting({
    meaning: "PostgreSQL. The database is made if it is missing.",
    unit: "URL",
    fallback: "postgres://postgres@127.0.0.1/biz1",
    parse: url("postgres:", "postgresql:"),
    expected: "a URL as in postgres://user:password@host:5432/biz1",
  }),
  NATS_URL: setting({
    meaning: "The bus between nodes. Without it this node is alone.",
    unit: "URL",
    parse: url("nats:", "tls:"),
    expected: "a URL as in nats://host:4222",
  }),
  REGISTRATION: setting({
    meaning:
      "Who may make an account: everyone, who has a registration token, or nobody. The first one is always open.",
    unit: "open, token or closed",
    fallback: "token",
    parse: oneOf("open", "token", "closed"),
    expected: "open, token or closed",
  }),
  REGISTRATION_EMAIL: setting({
    meaning: "Whether who makes an account shows a mailbox to be theirs. Needs SMTP_URL.",
    unit: "off, optional or required",
    fallback: "off",
    parse: oneOf("off", "optional", "required"),
    expected: "off, optional or required",
  }),
  GUESTS: setting({
    meaning: "Whether people without an account may look into rooms that let guests in, and join these.",
    unit: "on or off",
    fallback: "off",
    parse: onOff,
    expected: "on or off",
  }),
  TERMS: setting({
    meaning:
      "What who makes an account must agree to: policies by their names, with their versions and languages, as in " +
      '`{"privacy":{"version":"1","en":{"name":"Privacy policy","url":"https://example.com/privacy"}}}`.',
    unit: "JSON",
    parse: parseTerms,
    expected: "policies as in docs/configuration.md, each with a version and a name and url in one language or more",
  }),
  RATE_LIMITS: setting({
    meaning: "Limits how often one user or address may call.",
    unit: "on or off",
    fallback: "on",
    parse: onOff,
    expected: "on or off",
  }),
  AS_REGISTRATIONS: setting({
    meaning: "Registration files of application services, or folders with such files, with commas between.",
    unit: "paths",
    parse: (text) =>
      text.includes("\0")
        ? undefined
        : text
            .split(",")
            .map((path) => path.trim())
            .filter((path) => path !== ""),
    expected: "paths to YAML files or folders with commas between",
  }),
  SMTP_URL: setting({
    meaning: "Where mail is handed in.",
    unit: "URL",
    parse: url("smtp:", "smtps:"),
    expected: "a URL as in smtps://user:password@host:465",
  }),
  MAIL_FROM: setting({
    meaning: "Whom mail is from. Without it, no-reply at the host of SERVER_NAME.",
    unit: "address",
    parse: (text) => (isEmailAddress(text) ? text : undefined),
    expected: "an address as in messenger@example.com",
  }),
  EMAIL_AFTER: setting({
    meaning:
      "How long something is unread before a mail tells who asked for mail. The next mail takes six times as long.",
    unit: "seconds",
    fallback: "600",
    parse: whole(1, 604_800),
    expected: "a number of seconds from 1 to 604800",
  }),
  ALLOW_PRIVATE_ADDRESSES: setting({
    meaning: "Lets outgoing requests reach private and loopback addresses. For tests.",
    unit: "on or off",
    fallback: "off",
    parse: onOff,
    expected: "on or off",
  }),
  PUBLIC_BASE_URL: setting({
    meaning: "Where clients reach this server. Without it they sign in with the password API alone.",
    unit: "URL",
    parse: url("http:", "https:"),
    expected: "a URL as in https://chat.example.com",
  }),
  SSO_ISSUER: setting({
    meaning: "An OpenID Connect provider that people can sign in with. Needs SSO_CLIENT_ID and SSO_CLIENT_SECRET.",
    unit: "URL",
    parse: url("http:", "https:"),
    expected: "a URL as in https://login.example.com",
  }),
  SSO_CLIENT_ID: setting({
    meaning: "What that provider knows this server by.",
    unit: "text",
    parse: text,
    expected: "text",
  }),
  SSO_CLIENT_SECRET: setting({ meaning: "The secret for it.", unit: "text", parse: text, expected: "text" }),
  SSO_NAME: setting({
    meaning: "What people call that provider, on the button they press.",
    unit: "text",
    fallback: "single sign-on",
    parse: text,
    expected: "text",
  }),
  URL_PREVIEWS: setting({
    meaning: "Lets people see what a page says of itself before they open a link to it.",
    unit: "on or off",
    fallback: "on",
    parse: onOff,
    expected: "on or off",
  }),
  TURN_URIS: setting({
    meaning: "Relays for calls between two people, with commas between. Needs TURN_SECRET.",
    unit: "URIs",
    parse: (text) => {
      const uris = text.split(",").map((uri) => uri.trim())
      return uris.every((uri) => /^turns?:[^\s]+$/.test(uri)) ? uris : undefined
    },
    expected: "URIs as in turn:turn.example.com?transport=udp",
  }),
  TURN_SECRET: setting({
    meaning: "The secret that the relays share with this server (`use-auth-secret`).",
    unit: "text",
    parse: text,
    expected: "text",
  }),
  TURN_TTL: setting({
    meaning: "How long a user may use the relays before asking again.",
    unit: "seconds",
    fallback: "86400",
    parse: whole(60, 30 * 86_400),
    expected: "a number of seconds from 60 to 2592000",
  }),
  LIVEKIT_URL: setting({
    meaning: "The LiveKit service for group calls of Matrix clients.",
    unit: "URL",
    parse: url("https:", "http:"),
    expected: "a URL as in https://livekit.example.com",
  }),
  SUPPORT_EMAIL: setting({
    meaning: "Whom people write to about this server, for `/.well-known/matrix/support`.",
    unit: "address",
    parse: (text) => (isEmailAddress(text) ? text : undefined),
    expected: "an address as in help@example.com",
  }),
  SUPPORT_PAGE: setting({
    meaning: "Where people find help, for `/.well-known/matrix/support`.",
    unit: "URL",
    parse: url("http:", "https:"),
    expected: "a URL as in https://example.com/help",
  }),
  WEB_DIR: setting({ ...file, meaning: "The built web client to serve at `/`.", expected: "a path to a folder" }),
  MAX_UPLOAD_BYTES: setting({
    meaning: "The largest file that may be uploaded.",
    unit: "bytes",
    fallback: String(100 * 1024 * 1024),
    parse: whole(1, 2 ** 40),
    expected: "a whole number of bytes",
  }),
  DEFAULT_ROOM_VERSION: setting({
    meaning: "The version of new rooms.",
    unit: "1 to 12",
    fallback: "12",
    parse: (text) => (roomVersions.has(text) ? text : undefined),
    expected: "a room version from 1 to 12",
  }),
  LIMITS: setting({
    meaning: "Limits that are to differ from the table below, as in `message.burst=120,media.perSecond=5`.",
    unit: "limits",
    fallback: "",
    parse: parseLimits,
    expected: "limits of docs/configuration.md within their bounds, as in message.burst=120,media.perSecond=5",
  }),
  LOG_LEVEL: setting({
    meaning: "How much is logged.",
    unit: "level",
    fallback: "Info",
    parse: oneOf("Trace", "Debug", "Info", "Warn", "Error", "Fatal", "None"),
    expected: "Trace, Debug, Info, Warn, Error, Fatal or None",
  }),
} as const

type Settings = typeof settings
type Name = keyof Settings
type Value<N extends Name> = Exclude<ReturnType<Settings[N]["parse"]>, undefined>
/** Those without a fallback may be absent. */
type Optional =
  | "FEDERATION_PORT"
  | "TLS_CERT"
  | "TLS_KEY"
  | "TLS_CA"
  | "NATS_URL"
  | "TERMS"
  | "AS_REGISTRATIONS"
  | "SMTP_URL"
  | "MAIL_FROM"
  | "PUBLIC_BASE_URL"
  | "SSO_ISSUER"
  | "SSO_CLIENT_ID"
  | "SSO_CLIENT_SECRET"
  | "TURN_URIS"
  | "TURN_SECRET"
  | "LIVEKIT_URL"
  | "SUPPORT_EMAIL"
  | "SUPPORT_PAGE"
  | "WEB_DIR"

/** The settings as parsed, by their names in the environment. */
export type Parsed = { readonly [N in Name]: N extends Optional ? Value<N> | undefined : Value<N> }

export const parseSettings = (environment: Readonly<Record<string, string | undefined>>) =>
  Effect.gen(function* () {
    const parsed: Record<string, unknown> = {}
    for (const [name, { fallback, parse, expected }] of Object.entries(settings) as ReadonlyArray<
      [Name, Setting<unknown>]
    >) {
      const given = environment[name] === "" ? undefined : environment[name]
      const value = given ?? fallback
      parsed[name] = value === undefined ? undefined : parse(value)
      if (value !== undefined && parsed[name] === undefined) {
        const shown = /URL|SECRET/.test(name) ? "has a wrong value" : `is ${JSON.stringify(value)}`
        return yield* new WrongSetting({ message: `${name} ${shown}: it must be ${expected}.` })
      }
    }
    if (parsed["FEDERATION_PORT"] !== undefined && !(parsed["TLS_CERT"] && parsed["TLS_KEY"])) {
      return yield* new WrongSetting({
        message: "FEDERATION_PORT needs TLS_CERT and TLS_KEY as well: other servers are spoken to over TLS only.",
      })
    }
    if (parsed["SSO_ISSUER"] !== undefined && !(parsed["SSO_CLIENT_ID"] && parsed["SSO_CLIENT_SECRET"])) {
      return yield* new WrongSetting({ message: "SSO_ISSUER needs SSO_CLIENT_ID and SSO_CLIENT_SECRET as well." })
    }
    if (parsed["REGISTRATION_EMAIL"] !== "off" && parsed["SMTP_URL"] === undefined) {
      return yield* new WrongSetting({ message: "REGISTRATION_EMAIL needs SMTP_URL as well." })
    }
    if (parsed["TURN_URIS"] !== undefined && !parsed["TURN_SECRET"]) {
      return yield* new WrongSetting({ message: "TURN_URIS needs TURN_SECRET as well." })
    }
    return parsed as unknown as Parsed
  })

/** What the server is told, once at its start. */
export class ServerConfig extends Context.Service<
  ServerConfig,
  {
    readonly serverName: ServerName
    readonly bindHost: string
    readonly clientPort: number
    readonly federation:
      | { readonly port: number; readonly certificate: { readonly cert: string; readonly key: string } }
      | undefined
    /** A file with authorities to trust beside the system's. */
    readonly trustedAuthorities: string | undefined
    readonly databaseUrl: string
    readonly natsUrl: string | undefined
    readonly dataDir: string
    readonly registration: "open" | "token" | "closed"
    readonly registrationEmail: "off" | "optional" | "required"
    readonly guests: boolean
    readonly terms: Terms | undefined
    readonly appserviceRegistrations: ReadonlyArray<string>
    readonly rateLimits: boolean
    readonly allowPrivateAddresses: boolean
    readonly mail:
      | { readonly url: string; readonly from: { readonly name: string; readonly address: string } }
      | undefined
    readonly emailAfterSeconds: number
    readonly publicBaseUrl: string | undefined
    readonly sso:
      | { readonly issuer: string; readonly clientId: string; readonly clientSecret: string; readonly name: string }
      | undefined
    readonly turn:
      | { readonly uris: ReadonlyArray<string>; readonly secret: string; readonly ttlSeconds: number }
      | undefined
    readonly urlPreviews: boolean
    readonly livekitUrl: string | undefined
    readonly support: { readonly email: string | undefined; readonly page: string | undefined }
    readonly webDir: string | undefined
    readonly maxUploadBytes: number
    readonly defaultRoomVersion: string
    readonly limits: Limits
    readonly logLevel: Value<"LOG_LEVEL">
  }
>()("@biz1/server/config/ServerConfig") {
  static readonly layer = (environment: Readonly<Record<string, string | undefined>>) =>
    Layer.effect(
      this,
      Effect.map(parseSettings(environment), (parsed) => ({
        serverName: parsed.SERVER_NAME,
        bindHost: parsed.BIND_HOST,
        clientPort: parsed.CLIENT_PORT,
        federation:
          parsed.FEDERATION_PORT === undefined
            ? undefined
            : { port: parsed.FEDERATION_PORT, certificate: { cert: parsed.TLS_CERT!, key: parsed.TLS_KEY! } },
        trustedAuthorities: parsed.TLS_CA,
        databaseUrl: parsed.DATABASE_URL,
        natsUrl: parsed.NATS_URL,
        dataDir: parsed.DATA_DIR,
        registration: parsed.REGISTRATION,
        registrationEmail: parsed.REGISTRATION_EMAIL,
        guests: parsed.GUESTS,
        terms: parsed.TERMS,
        appserviceRegistrations: parsed.AS_REGISTRATIONS ?? [],
        rateLimits: parsed.RATE_LIMITS,
        allowPrivateAddresses: parsed.ALLOW_PRIVATE_ADDRESSES,
        mail:
          parsed.SMTP_URL === undefined
            ? undefined
            : {
                url: parsed.SMTP_URL,
                from: {
                  name: "Biz1 Messenger",
                  address: parsed.MAIL_FROM ?? `no-reply@${parsed.SERVER_NAME.replace(/:\d+$/, "")}`,
                },
              },
        emailAfterSeconds: parsed.EMAIL_AFTER,
        publicBaseUrl: parsed.PUBLIC_BASE_URL,
        sso:
          parsed.SSO_ISSUER === undefined
            ? undefined
            : {
                issuer: parsed.SSO_ISSUER,
                clientId: parsed.SSO_CLIENT_ID!,
                clientSecret: parsed.SSO_CLIENT_SECRET!,
                name: parsed.SSO_NAME,
              },
        turn:
          parsed.TURN_URIS === undefined
            ? undefined
            : { uris: parsed.TURN_URIS, secret: parsed.TURN_SECRET!, ttlSeconds: parsed.TURN_TTL },
        urlPreviews: parsed.URL_PREVIEWS,
        livekitUrl: parsed.LIVEKIT_URL,
        support: { email: parsed.SUPPORT_EMAIL, page: parsed.SUPPORT_PAGE },
        webDir: parsed.WEB_DIR,
        maxUploadBytes: parsed.MAX_UPLOAD_BYTES,
        defaultRoomVersion: parsed.DEFAULT_ROOM_VERSION,
        limits: parsed.LIMITS,
        logLevel: parsed.LOG_LEVEL,
      })),
    )
}
