/**
 * The mails that this server writes: one sentence on what is asked, a button, and what to do about a mail that was
 * not expected. Laid out with tables and styles in place, as mail programs want it.
 */
import { html, type Html } from "../oauth/pages/html.ts"
import type { Letter } from "./Mail.ts"

interface Content {
  readonly subject: string
  readonly sentence: string
  readonly button?: { readonly label: string; readonly url: string }
  /** Between the sentence and the button. */
  readonly more?: { readonly text: string; readonly html: Html }
  readonly otherwise: string
}

const font = "font-family:system-ui,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"

export const letter = ({ subject, sentence, button, more, otherwise }: Content): Letter => ({
  subject,
  text:
    [
      sentence,
      ...(more === undefined ? [] : [more.text]),
      ...(button === undefined ? [] : [button.url]),
      otherwise,
    ].join("\n\n") + "\n",
  html: html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${subject}</title>
      </head>
      <body style="margin:0;padding:24px 12px;background:#f3f4f7;color:#23252f;${font}">
        <table role="presentation" width="100%" cellpadding="0" cellspacing="0">
          <tr>
            <td align="center">
              <table
                role="presentation"
                cellpadding="0"
                cellspacing="0"
                style="width:100%;max-width:480px;background:#ffffff;border:1px solid #e3e5eb;border-radius:14px"
              >
                <tr>
                  <td style="padding:32px">
                    <h1 style="margin:0 0 12px;font-size:20px;line-height:28px;font-weight:650">${subject}</h1>
                    <p style="margin:0 0 24px;font-size:15px;line-height:23px">${sentence}</p>
                    ${more?.html} ${button !== undefined && buttonOf(button)}
                    <p style="margin:0;font-size:13px;line-height:20px;color:#5d6272">${otherwise}</p>
                  </td>
                </tr>
              </table>
            </td>
          </tr>
        </table>
      </body>
    </html>`.in("en"),
})

const buttonOf = ({ label, url }: { readonly label: string; readonly url: string }): Html =>
  html`<p style="margin:0 0 24px">
      <a
        href="${url}"
        style="display:inline-block;padding:11px 20px;border-radius:9px;background:#4355c8;color:#ffffff;font-size:15px;font-weight:600;text-decoration:none"
        >${label}</a
      >
    </p>
    <p style="margin:0 0 24px;font-size:13px;line-height:20px;color:#5d6272;word-break:break-all">
      Or open this address: ${url}
    </p>`

interface Place {
  readonly serverName: string
  readonly url: string
}

export const confirmContact = ({ serverName, url }: Place) =>
  letter({
    subject: "Confirm your email address",
    sentence: `Somebody, most likely you, wants to add this address to an account on ${serverName}.`,
    button: { label: "Confirm address", url },
    otherwise: "It was not you? Then you need not do anything, and nothing is added. The link is good for one hour.",
  })

export const confirmRegistration = ({ serverName, url }: Place) =>
  letter({
    subject: "Confirm your email address",
    sentence: `Somebody, most likely you, makes an account on ${serverName} with this address.`,
    button: { label: "Confirm address", url },
    otherwise: "It was not you? Then you need not do anything, and no account is made. The link is good for one hour.",
  })

export const confirmReset = ({ serverName, url }: Place) =>
  letter({
    subject: "Choose a new password",
    sentence: `Somebody, most likely you, wants to set a new password for your account on ${serverName}.`,
    button: { label: "Continue", url },
    otherwise: "It was not you? Then do not continue: your password stays as it is. The link is good for one hour.",
  })

/** Who asks for a new password without an account learns so by mail: the answer to the request tells nobody. */
export const noAccount = ({ serverName }: Pick<Place, "serverName">) =>
  letter({
    subject: "There is no account with this address",
    sentence: `Somebody, most likely you, wanted to set a new password on ${serverName}, but no account there has this email address.`,
    otherwise: "Perhaps your account has another address. If it was not you, you need not do anything.",
  })
