export const authTypesFor = (_v: unknown, e: { sender: string; stateKey?: string | undefined }): ReadonlyArray<readonly [string, string]> => [["m.room.power_levels", ""], ["m.room.member", e.sender]]
