/** A mail server that takes every mail, for scenarios: real SMTP on a free port, and what arrived by whom it is for. */
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { simpleParser, type ParsedMail } from "mailparser"
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server"

export interface Mailbox {
  /** For the server's settings. */
  readonly url: string
  /** Every mail to an address, oldest first. A mail is here before its sender knows that it was taken. */
  readonly to: (address: string) => ReadonlyArray<ParsedMail>
  /** Takes no more. */
  readonly refuse: (refuses: boolean) => void
  readonly stop: () => Promise<void>
}

export const openMailbox = async (): Promise<Mailbox> => {
  const received: Array<{ readonly to: ReadonlyArray<string>; readonly mail: ParsedMail }> = []
  let refusing = false
  const take = async (stream: SMTPServerDataStream, session: SMTPServerSession) => {
    const mail = await simpleParser(stream)
    if (refusing) throw new Error("The mailbox is full")
    received.push({ to: session.envelope.rcptTo.map(({ address }) => address), mail })
  }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onData: (stream, session, done) => {
      void take(stream, session).then(() => done(), done)
    },
  })
  server.listen(0, "127.0.0.1")
  await once(server.server, "listening")
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    to: (address) => received.filter((one) => one.to.includes(address)).map((one) => one.mail),
    refuse: (refuses) => {
      refusing = refuses
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** The link that a mail asks to open. */
export const linkIn = (mail: ParsedMail | undefined) => /https?:\/\/\S+/.exec(mail?.text ?? "")?.[0] ?? ""
