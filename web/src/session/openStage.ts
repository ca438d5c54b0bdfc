/**
 * What the server wants before it makes an account, on its own page in a window beside this one.
 * Spec: client-server, "User-Interactive Authentication API", "Fallback".
 */

/** How often the window is looked at: nothing tells that it was closed. */
const lookEveryMs = 300

/** @returns whether the page has said that it was passed, before it was closed */
export const openStage = (url: string): Promise<boolean> => {
  const opened = window.open(url, "_blank", "popup,width=480,height=720")
  if (opened === null) return Promise.resolve(false)
  return new Promise((resolve) => {
    const end = (passed: boolean) => {
      clearInterval(looking)
      removeEventListener("message", hear)
      opened.close()
      resolve(passed)
    }
    const hear = ({ source, origin, data }: MessageEvent) => {
      if (source === opened && origin === new URL(url).origin && data === "authDone") end(true)
    }
    const looking = setInterval(() => {
      if (opened.closed) end(false)
    }, lookEveryMs)
    addEventListener("message", hear)
  })
}
