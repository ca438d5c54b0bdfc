/** Every page, and every form on one. */
import * as interaction from "./interaction.ts"
import * as signIn from "./signIn.ts"

export const oauthPages = [...Object.values(interaction), ...Object.values(signIn)]
