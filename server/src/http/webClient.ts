/** Serves the built web client: hashed files for ever, the page itself always fresh, under a strict content policy. */
import { createReadStream, statSync } from "node:fs"
import { extname, join, normalize, sep } from "node:path"
import type { Fallback } from "./HttpServer.ts"

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
}

const policy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ")

export const webClient =
  (root: string): Fallback =>
  (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") return false
    const path = pathOf(request.url ?? "/")
    if (path === undefined) return false
    const file = fileAt(root, path) ?? (extname(path) === "" ? fileAt(root, "index.html") : undefined)
    if (file === undefined) return false
    const hashed = path.startsWith("assets/")
    response.writeHead(200, {
      "content-type": types[extname(file.path)] ?? "application/octet-stream",
      "content-length": file.sizeBytes,
      "cache-control": hashed ? "public, max-age=31536000, immutable" : "no-cache",
      "content-security-policy": policy,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      // The pages of the server that it opens in a window tell it when they are done.
      "cross-origin-opener-policy": "same-origin-allow-popups",
    })
    if (request.method === "HEAD") response.end()
    else
      createReadStream(file.path)
        .on("error", () => response.destroy())
        .pipe(response)
    return true
  }

/** The path below the root, or undefined where it would leave it. */
const pathOf = (url: string) => {
  try {
    const path = normalize(decodeURIComponent(url.split("?", 1)[0]!)).replace(/^[/\\]+/, "")
    return path.includes("\0") || path.split(sep).includes("..") ? undefined : path
  } catch {
    return undefined
  }
}

const fileAt = (root: string, path: string) => {
  const full = join(root, path)
  const stat = statSync(full, { throwIfNoEntry: false })
  return stat?.isFile() === true ? { path: full, sizeBytes: stat.size } : undefined
}
