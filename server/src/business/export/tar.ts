/** An archive as every system opens it: POSIX "ustar", one member after the other, as fast as it is taken. */

export interface Member {
  /** ASCII, of at most 100 characters. */
  readonly name: string
  readonly sizeBytes: number
  readonly bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

const block = 512
const maxBytes = 8 ** 11 - 1

const padding = (sizeBytes: number) => Buffer.alloc((block - (sizeBytes % block)) % block)

const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`

const header = ({ name, sizeBytes }: Member, seconds: number): Buffer => {
  if (!/^[\x21-\x7e]{1,100}$/.test(name)) throw new Error("An archive's members have short and plain names")
  if (sizeBytes > maxBytes) throw new Error("A file is too large for an archive")
  const bytes = Buffer.alloc(block)
  bytes.write(name, 0)
  bytes.write(octal(0o644, 7), 100)
  bytes.write(octal(0, 7) + octal(0, 7), 108)
  bytes.write(octal(sizeBytes, 11) + octal(seconds, 11), 124)
  // The checksum is of the header with blanks in its own place.
  bytes.write("        0", 148)
  bytes.write("ustar\u000000", 257)
  const sum = bytes.reduce((total, byte) => total + byte, 0)
  bytes.write(`${octal(sum, 6)} `, 148)
  return bytes
}

/** A member that has other bytes than it said breaks the archive off: half of one is worth nothing. */
export async function* tar(members: AsyncIterable<Member>, atMs: number): AsyncGenerator<Uint8Array> {
  const seconds = Math.floor(atMs / 1000)
  for await (const member of members) {
    yield header(member, seconds)
    let written = 0
    for await (const bytes of member.bytes) {
      written += bytes.length
      yield bytes
    }
    if (written !== member.sizeBytes) throw new Error(`${member.name} is not as long as it should be`)
    yield padding(written)
  }
  yield Buffer.alloc(2 * block)
}
