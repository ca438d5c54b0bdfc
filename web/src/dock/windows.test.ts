import { expect, it } from "vitest"
import { expand, fit, minimise, readWindows, remove, type Windows } from "./windows.ts"

const openOnes = (windows: Windows) => windows.filter(({ open }) => open).map(({ id }) => id)
const all = (ids: ReadonlyArray<string>, room = 3) => ids.reduce<Windows>((now, id) => expand(now, id, room), [])

it("opens three at most, and minimises the one that was opened first", () => {
  const windows = all(["a", "b", "c", "d"], 9)
  expect(openOnes(windows)).toEqual(["b", "c", "d"])
  expect(windows).toHaveLength(4)
})

it("opens as many as there is room for", () => {
  expect(openOnes(all(["a", "b", "c"], 1))).toEqual(["c"])
  expect(openOnes(fit(all(["a", "b", "c"]), 2))).toEqual(["b", "c"])
})

it("holds each conversation once", () => {
  const windows = minimise(expand(minimise(minimise([], "a"), "a"), "a", 3), "a")
  expect(windows).toEqual([{ id: "a", open: false }])
  expect(remove(windows, "a")).toEqual([])
})

it("reads what it kept, and nothing else", () => {
  const windows = all(["a", "b"])
  expect(readWindows(JSON.stringify(windows))).toEqual(windows)
  expect([readWindows(null), readWindows("7"), readWindows('[null,{"id":3}]')]).toEqual([[], [], []])
})
