/** The current minute, shared, so that "yesterday" and "5 minutes ago" come true while they are on screen. */
import { readonly, ref } from "vue"
import { locale } from "./t.ts"
import type { Reader } from "./time.ts"

const now = ref(Date.now())
setInterval(() => {
  now.value = Date.now()
}, 30_000)

export const useNow = () => readonly(now)

/** Who the times are for. Read it inside a computed value or a template, so that a new language shows. */
export const reader = (): Reader => ({ locale: regional(locale.value) })

/** The browser's own variant of the language, such as en-GB: it decides between 14:00 and 2 PM. */
const regional = (language: string) => navigator.languages.find((tag) => tag.split("-")[0] === language) ?? language
