/** How the client is built: one page, with the Matrix SDK in a chunk of its own that loads beside the shell. */
import data from "emoji-picker-element-data/en/emojibase/data.json" with { type: "json" }
import vue from "@vitejs/plugin-vue"
import { defineConfig, type Plugin } from "vite"

const homeserver = process.env["BIZ1_HOMESERVER"] ?? "http://127.0.0.1:8008"

/** The Matrix SDK and what only it uses. */
const sdk =
  /node_modules\/(@matrix-org|matrix-|@babel|another-json|base-x|bs58|content-type|events|is-network-error|loglevel|p-retry|sdp-transform|unhomoglyph)/

/** The shell imports the adapter lazily, to paint first; this asks for it in the page's head, so that it loads meanwhile. */
const preloadAdapter = (): Plugin => ({
  name: "preload-adapter",
  transformIndexHtml: {
    order: "post",
    handler: (_html, { bundle }) =>
      Object.values(bundle ?? {})
        .filter((chunk) => chunk.type === "chunk" && (chunk.name === "sdk" || chunk.name === "matrix"))
        .map((chunk) => ({
          tag: "link",
          attrs: { rel: "modulepreload", crossorigin: true, href: `/${chunk.fileName}` },
          injectTo: "head" as const,
        })),
  },
})

/** Of the emoji's data only what the client reads: the sign, its group, its names. */
const emoji = (): Plugin => ({
  name: "emoji",
  resolveId: (id) => (id === "virtual:emoji" ? id : undefined),
  load: (id) => {
    if (id !== "virtual:emoji") return undefined
    const kept = data.map(({ emoji, group, shortcodes = [], tags = [] }) => [
      emoji,
      group,
      [...new Set([...shortcodes, ...tags])].join(" "),
    ])
    return `export const emoji = JSON.parse(${JSON.stringify(JSON.stringify(kept))})`
  },
})

export default defineConfig({
  plugins: [vue(), preloadAdapter(), emoji()],
  server: { proxy: { "/_matrix": homeserver, "/.well-known/matrix": homeserver } },
  preview: { proxy: { "/_matrix": homeserver, "/.well-known/matrix": homeserver } },
  build: {
    target: "es2023",
    // A strict Content-Security-Policy has no room for inlined fonts, scripts or images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // Left alone it would land in the SDK's chunk, and the shell would wait for all of it.
            { name: "preload", test: /vite\/preload-helper/, priority: 2 },
            { name: "sdk", test: sdk, priority: 1 },
          ],
        },
      },
    },
  },
})
