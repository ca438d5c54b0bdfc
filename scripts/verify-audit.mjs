/**
 * Verifies an exported audit trail, without the server: `npm run verify-audit -- audit.jsonl [days.json]`. The second file
 * is what `/_biz1/v1/audit/days` answers; with it the chain is held against the hashes that the server has signed.
 */
import { readFileSync } from "node:fs"
import { chainFault } from "../core/src/business/auditChain.ts"

const [file, daysFile] = process.argv.slice(2)
const end = (sentence, code) => {
  process.stdout.write(`${sentence}\n`)
  process.exit(code)
}
if (file === undefined) end("Give the file: npm run verify-audit -- audit.jsonl [days.json]", 2)

const entries = readFileSync(file, "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line))
const fault = chainFault(entries)
if (fault !== undefined) end(`Broken: ${fault}.`, 1)

const days = daysFile === undefined ? [] : JSON.parse(readFileSync(daysFile, "utf8")).items
for (const { day, seq, hash } of days) {
  if (entries[seq - 1]?.hash !== hash)
    end(`Broken: the hash that the server signed for ${day} is not that of entry ${seq}.`, 1)
}
end(
  `Whole: ${entries.length} entries follow one another${days.length > 0 ? `, ${days.length} days as they were signed` : ""}.`,
  0,
)
