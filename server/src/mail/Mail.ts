/** Hands mail in at the server that `SMTP_URL` names. */
import { Context, Effect, Layer, Schema } from "effect"
import { ServerConfig } from "../config.ts"

/** The mail server was not reached, or would not take it. */
export class MailRefused extends Schema.TaggedError<MailRefused>()("MailRefused", { cause: Schema.Defect() }) {}

/** What a mail says, in both forms in which it is read. */
export interface Letter {
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly messageId?: string
  readonly headers?: Readonly<Record<string, string>>
}

const timeoutMs = 15_000

export class Mail extends Context.Service<
  Mail,
  {
    /** Undefined where no mail server is set. Done when the mail server has taken it. */
    readonly send: ((to: string, letter: Letter) => Effect.Effect<void, MailRefused>) | undefined
  }
>()("@biz1/server/mail/Mail") {
  static readonly layer = Layer.effect(
    this,
    Effect.gen(function* () {
      const { mail } = yield* ServerConfig
      if (mail === undefined) return Mail.of({ send: undefined })
      const { createTransport } = yield* Effect.promise(() => import("nodemailer"))
      const transport = yield* Effect.acquireRelease(
        Effect.sync(() =>
          createTransport({
            url: mail.url,
            pool: true,
            maxConnections: 2,
            connectionTimeout: timeoutMs,
            greetingTimeout: timeoutMs,
            socketTimeout: timeoutMs,
            disableFileAccess: true,
            disableUrlAccess: true,
          }),
        ),
        (open) => Effect.sync(() => open.close()),
      )
      return Mail.of({
        send: (to, letter) =>
          Effect.tryPromise({
            // As an object an address is taken as it is: nothing in it can name a second one.
            try: () =>
              transport.sendMail({
                from: mail.from,
                to: { name: "", address: to },
                ...letter,
                headers: { ...letter.headers },
              }),
            catch: (cause) => new MailRefused({ cause }),
          }).pipe(Effect.asVoid),
      })
    }),
  )
}
