import { expect, it } from "vitest"
import { avi, dana, noor } from "../../client/examples.ts"
import { matching, wordFor } from "./sources.ts"

const other = { id: "@dana2:example.com", name: "Dana", avatar: undefined }
const levi = { id: "@d.levi:example.com", name: "Daniel Levi", avatar: undefined }

it("finds people by the beginning of a word of theirs", () => {
  expect(matching([levi, dana, avi, noor], "da")).toEqual([dana, levi])
  expect(matching([levi, dana, avi, noor], "LEV")).toEqual([levi])
  expect(matching([levi, dana, avi, noor], "d.")).toEqual([levi])
  expect(matching([dana, avi], "")).toHaveLength(2)
  expect(matching([dana, avi], "ana")).toEqual([])
})

it("tells two of one name apart", () => {
  expect(wordFor(dana, [dana, avi])).toBe("@Dana")
  expect(wordFor(dana, [dana, other])).toBe("@dana")
  expect(wordFor(other, [dana, other])).toBe("@dana2")
})
