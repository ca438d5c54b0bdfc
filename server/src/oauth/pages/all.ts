/** Every page, and every form on one. */
import * as account from "./account.ts"
import * as interaction from "./interaction.ts"
import * as signIn from "./signIn.ts"

export const oauthPages = [...Object.values(account), ...Object.values(interaction), ...Object.values(signIn)]
