/** Starts the client: what this browser remembers, then the page. */
import "./ui/base.css" // first: it names the layers in their order
import "./ui/tokens.css"
import { createPinia } from "pinia"
import { createApp } from "vue"
import App from "./App.vue"
import { followNetwork, useConnection } from "./client/connection.ts"
import { followLocale } from "./i18n/t.ts"
import { followBadge } from "./inbox/followBadge.ts"
import { followSettings } from "./settings/settings.ts"

const app = createApp(App).use(createPinia())
followSettings()
followLocale()
useConnection().restore()
followNetwork()
followBadge()
app.mount("#app")
