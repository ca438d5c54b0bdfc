/** Addresses of mail: plain ones, as people have them. Quoted local parts and addresses by number are not taken. */

const pattern = /^[^\s@"(),:;<>[\\\]\p{Cc}]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.)*[\p{L}\p{N}-]{1,63}$/u

export const isEmailAddress = (text: string): boolean => text.length <= 254 && pattern.test(text)

/** As addresses are compared and kept. Spec: appendices, "3PID Types": after case folding, so that ß is ss. */
export const foldedAddress = (address: string): string => address.toLowerCase().toUpperCase().toLowerCase()
