/** How this browser shows things. */
import { defineStore } from "pinia"
import { reactive, watch, watchEffect } from "vue"
import { isLocale, type Locale, preferredLocale, setLocale } from "../i18n/t.ts"

export type Theme = "system" | "light" | "dark"
export type Density = "comfortable" | "compact"

export interface Settings {
  theme: Theme
  density: Density
  locale: Locale
  enterSends: boolean
  /** How long a message can be taken back before it is sent. */
  undoSeconds: number
  /** In px. */
  stripWidth: number
}

const key = "biz1.settings"

const read = (): Settings => {
  const kept = JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Settings>
  return {
    theme: kept.theme ?? "system",
    density: kept.density ?? "comfortable",
    locale: kept.locale !== undefined && isLocale(kept.locale) ? kept.locale : preferredLocale(),
    enterSends: kept.enterSends ?? true,
    undoSeconds: kept.undoSeconds ?? 0,
    stripWidth: kept.stripWidth ?? 320,
  }
}

export const useSettings = defineStore("settings", () => {
  const settings = reactive(read())
  watch(settings, (now) => localStorage.setItem(key, JSON.stringify(now)))
  return { settings }
})

/** Puts the settings where the style sheets look for them. */
export const followSettings = () => {
  const { settings } = useSettings()
  watchEffect(() => {
    document.documentElement.dataset["theme"] = settings.theme
    document.documentElement.dataset["density"] = settings.density
  })
  watch(
    () => settings.locale,
    (now) => void setLocale(now),
    { immediate: true },
  )
}
