export const mayRead = (_: unknown) => true
