import { expect, it } from "vitest"
import { rank } from "./rank.ts"

const of = (...words: ReadonlyArray<string>) => ({ words })
const all = [of("smiling_face", "happy"), of("smile"), of("cat_smile"), of("heart", "love", "לב"), of("happy")]
const found = (query: string) => rank(all, query).map(({ words }) => words[0])

it("puts what is so called before what begins so, and that before the rest", () => {
  expect(found("smil")).toEqual(["smile", "smiling_face", "cat_smile"])
  expect(found("smile")).toEqual(["smile", "cat_smile"])
  expect(found("happy")).toEqual(["happy", "smiling_face"])
})

it("knows other words, in other languages", () => {
  expect(found("love")).toEqual(["heart"])
  expect(found("לב")).toEqual(["heart"])
  expect(found("smiling face")).toEqual(["smiling_face"])
  expect(found("dog")).toEqual([])
})
