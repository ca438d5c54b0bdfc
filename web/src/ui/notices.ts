/** What did not work, said once at the edge of the window, and questions asked before what cannot be undone. */
import { readonly, shallowRef } from "vue"
import { t } from "../i18n/t.ts"

const shownMs = 6_000

const notice = shallowRef<string>()
let timer: ReturnType<typeof setTimeout> | undefined

export const useNotice = () => readonly(notice)

/** Waits for something the reader asked for, and tells them if it fails. @returns whether it worked */
export const attempt = async (doing: Promise<unknown>): Promise<boolean> => {
  try {
    await doing
    return true
  } catch (error) {
    clearTimeout(timer)
    notice.value = t("actionFailed", { reason: reasonOf(error) })
    timer = setTimeout(() => {
      notice.value = undefined
    }, shownMs)
    return false
  }
}

/** The server's own words, without the request that the SDK puts around them. */
export const reasonOf = (error: unknown): string => {
  const { data, message } = error as { readonly data?: { readonly error?: string }; readonly message?: string }
  return data?.error ?? message ?? String(error)
}

export interface Question {
  readonly text: string
  readonly action: string
  readonly answer: (yes: boolean) => void
}

const question = shallowRef<Question>()

export const useQuestion = () => question

export const ask = (text: string, action: string) =>
  new Promise<boolean>((resolve) => {
    question.value = {
      text,
      action,
      answer: (yes) => {
        question.value = undefined
        setTimeout(() => resolve(yes)) // the dialog gives the focus back first
      },
    }
  })
