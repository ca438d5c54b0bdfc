/** Texts in the reader's language: `t("memberCount", { count: 3 })`. Plural forms by `Intl.PluralRules`. */
import { ref, shallowRef, watchEffect } from "vue"
import { en, type TextKey, type Texts } from "./en.ts"

export type { TextKey }
export const locales = { en: "English", he: "עברית", ar: "العربية" } as const
export type Locale = keyof typeof locales

const load: Record<Locale, () => Promise<Texts>> = {
  en: async () => en,
  he: async () => (await import("./he.ts")).he,
  ar: async () => (await import("./ar.ts")).ar,
}

export const locale = ref<Locale>("en")
export const direction = ref<"ltr" | "rtl">("ltr")
const texts = shallowRef<Texts>(en)

export const isLocale = (value: string): value is Locale => value in locales

/** The best of the languages the browser asks for. */
export const preferredLocale = (): Locale =>
  navigator.languages.map((tag) => tag.split("-")[0] ?? "").find(isLocale) ?? "en"

export const setLocale = async (next: Locale) => {
  texts.value = await load[next]()
  locale.value = next
  direction.value = next === "en" ? "ltr" : "rtl"
}

export type Values = Readonly<Record<string, string | number>>

export const t = (key: TextKey, values: Values = {}): string => format(texts.value[key], values, locale.value)

/** @returns the text with its plural form chosen by `count` and its `{names}` filled in. */
export const format = (text: Texts[TextKey], values: Values, language: string): string => {
  const form = typeof text === "string" ? text : (text[rules(language).select(Number(values["count"]))] ?? text.other)
  return form.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name] ?? ""
    return typeof value === "number" ? value.toLocaleString(language) : value
  })
}

const pluralRules = new Map<string, Intl.PluralRules>()
const rules = (language: string) => {
  const known = pluralRules.get(language) ?? new Intl.PluralRules(language)
  pluralRules.set(language, known)
  return known
}

/** Keeps `<html lang dir>` in step. */
export const followLocale = () =>
  watchEffect(() => {
    document.documentElement.lang = locale.value
    document.documentElement.dir = direction.value
  })
