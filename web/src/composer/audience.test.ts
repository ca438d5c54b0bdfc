import { expect, it } from "vitest"
import { avi, dana, noor } from "../client/examples.ts"
import { newReaders } from "./audience.ts"

it("is wider when somebody reads who did not", () => {
  expect(newReaders([dana, avi, noor], [dana.id, avi.id])).toEqual([noor])
  expect(newReaders([dana], [dana.id, avi.id])).toEqual([])
})

it("is not wider where nothing was written before, nor where nobody could know everyone", () => {
  expect(newReaders([dana, avi], undefined)).toEqual([])
  expect(
    newReaders(
      Array.from({ length: 500 }, () => avi),
      [],
    ),
  ).toEqual([])
})
