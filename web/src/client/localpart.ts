/** `dana` of `@dana:example.com`: what a person is called who has chosen no name. */
export const localpart = (userId: string) => /^@([^:]+):/.exec(userId)?.[1] ?? userId
