/** Starts the client: what this browser remembers, then the page. */
import { createPinia } from "pinia"
import { createApp } from "vue"
import App from "./App.vue"
import { followNetwork, useConnection } from "./client/connection.ts"
import { followLocale } from "./i18n/t.ts"
import { followBadge } from "./inbox/followBadge.ts"
import { followSettings } from "./settings/settings.ts"
import "./ui/base.css"
import "./ui/tokens.css"

const app = createApp(App).use(createPinia())
followSettings()
followLocale()
useConnection().restore()
followNetwork()
followBadge()
app.mount("#app")
