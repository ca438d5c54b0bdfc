/// <reference types="vite/client" />

/** Made by a plugin of the build: each with its group and its names. */
declare module "virtual:emoji" {
  export const emoji: ReadonlyArray<readonly [glyph: string, group: number, names: string]>
}
