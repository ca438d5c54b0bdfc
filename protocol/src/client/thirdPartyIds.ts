/** Addresses beside the user id, and the mails that check them. Spec: "Adding Account Administrative Contact Information". */
import { Schema } from "effect"
import { endpoint } from "../Endpoint.ts"
import { AuthenticationData } from "../uia.ts"

/** Spec: the grammar of sessions and secrets of validations. */
const Opaque = Schema.String.check(Schema.isPattern(/^[0-9a-zA-Z.=_-]{1,255}$/))
const Address = Schema.String.check(Schema.isMaxLength(512))
const Medium = Schema.Literals(["email", "msisdn"])
const Count = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 53 - 1 }))
const Link = Schema.String.check(Schema.isMaxLength(2048))

export const ValidationCredentials = Schema.Struct({ sid: Opaque, client_secret: Opaque })

export const getAccount3PIDs = endpoint({
  operationId: "getAccount3PIDs",
  method: "GET",
  path: "/_matrix/client/v3/account/3pid",
  success: Schema.Struct({
    threepids: Schema.Array(
      Schema.Struct({
        medium: Medium,
        address: Schema.String,
        validated_at: Schema.Natural,
        added_at: Schema.Natural,
      }),
    ),
  }),
})

/** The old form of `add3PID`. */
export const post3PIDs = endpoint({
  operationId: "post3PIDs",
  method: "POST",
  path: "/_matrix/client/v3/account/3pid",
  limit: "login",
  body: Schema.Struct({
    auth: Schema.optionalKey(AuthenticationData),
    three_pid_creds: ValidationCredentials,
  }),
})

export const add3PID = endpoint({
  operationId: "add3PID",
  method: "POST",
  path: "/_matrix/client/v3/account/3pid/add",
  limit: "login",
  body: Schema.Struct({ auth: Schema.optionalKey(AuthenticationData), ...ValidationCredentials.fields }),
})

export const bind3PID = endpoint({
  operationId: "bind3PID",
  method: "POST",
  path: "/_matrix/client/v3/account/3pid/bind",
  body: Schema.Struct({ id_server: Schema.String, id_access_token: Schema.String, ...ValidationCredentials.fields }),
})

const removal = {
  body: Schema.Struct({ id_server: Schema.optionalKey(Schema.String), medium: Medium, address: Address }),
  success: Schema.Struct({ id_server_unbind_result: Schema.Literals(["success", "no-support"]) }),
}

export const delete3pidFromAccount = endpoint({
  operationId: "delete3pidFromAccount",
  method: "POST",
  path: "/_matrix/client/v3/account/3pid/delete",
  ...removal,
})

export const unbind3pidFromAccount = endpoint({
  operationId: "unbind3pidFromAccount",
  method: "POST",
  path: "/_matrix/client/v3/account/3pid/unbind",
  ...removal,
})

const mailed = {
  method: "POST",
  limit: "register",
  body: Schema.Struct({
    client_secret: Opaque,
    email: Address,
    send_attempt: Count,
    next_link: Schema.optionalKey(Link),
  }),
  success: Schema.Struct({ sid: Opaque }),
} as const

export const requestTokenTo3PIDEmail = endpoint({
  ...mailed,
  operationId: "requestTokenTo3PIDEmail",
  path: "/_matrix/client/v3/account/3pid/email/requestToken",
  access: "optional",
})

export const requestTokenToResetPasswordEmail = endpoint({
  ...mailed,
  operationId: "requestTokenToResetPasswordEmail",
  path: "/_matrix/client/v3/account/password/email/requestToken",
  access: "none",
})

export const requestTokenToRegisterEmail = endpoint({
  ...mailed,
  operationId: "requestTokenToRegisterEmail",
  path: "/_matrix/client/v3/register/email/requestToken",
  access: "none",
})

const texted = {
  method: "POST",
  limit: "register",
  access: "none",
  body: Schema.Struct({
    client_secret: Opaque,
    country: Schema.String,
    phone_number: Schema.String,
    send_attempt: Count,
    next_link: Schema.optionalKey(Link),
  }),
} as const

export const requestTokenTo3PIDMSISDN = endpoint({
  ...texted,
  operationId: "requestTokenTo3PIDMSISDN",
  path: "/_matrix/client/v3/account/3pid/msisdn/requestToken",
})

export const requestTokenToResetPasswordMSISDN = endpoint({
  ...texted,
  operationId: "requestTokenToResetPasswordMSISDN",
  path: "/_matrix/client/v3/account/password/msisdn/requestToken",
})

export const requestTokenToRegisterMSISDN = endpoint({
  ...texted,
  operationId: "requestTokenToRegisterMSISDN",
  path: "/_matrix/client/v3/register/msisdn/requestToken",
})
