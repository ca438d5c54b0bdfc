/**
 * Where the cluster lies and as whom PostgreSQL runs, which refuses to be root. Started by root, it takes the user who
 * owns the folder, or the one that owns nothing. Where that user cannot get to the folder, because it lies below one
 * that is closed to others (as `/root` is), the cluster lies in `/var/lib` and a link in the folder's place leads there.
 */
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs"
import { dirname, join } from "node:path"

export interface Identity {
  readonly uid: number
  readonly gid: number
}

export interface Home {
  readonly folder: string
  /** Undefined where PostgreSQL runs as who we are. */
  readonly identity: Identity | undefined
}

const nobody: Identity = { uid: 65_534, gid: 65_534 }
const elsewhere = "/var/lib/biz1-messenger"

/** Makes the folder, open to nobody but PostgreSQL's user. */
export const makeHome = (wanted: string): Home => {
  if (process.getuid?.() !== 0) {
    mkdirSync(wanted, { recursive: true, mode: 0o700 })
    return { folder: realpathSync(wanted), identity: undefined }
  }
  const identity = ownerOf(wanted) ?? nobody
  const folder = isReachable(dirname(wanted), identity) ? wanted : placeElsewhere(wanted)
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o700)
  chownSync(folder, identity.uid, identity.gid)
  return { folder: realpathSync(folder), identity }
}

/** Who has the folder, or the nearest one above that exists; undefined where that is root. */
const ownerOf = (path: string): Identity | undefined => {
  const { uid, gid } = statSync(existing(path))
  return uid === 0 ? undefined : { uid, gid }
}

/** Whether a user may walk down to here: by being the owner of each folder that is closed to others. */
const isReachable = (path: string, { uid, gid }: Identity): boolean => {
  const stat = statSync(existing(path))
  const bit = stat.uid === uid ? 0o100 : stat.gid === gid ? 0o010 : 0o001
  return (stat.mode & bit) !== 0 && (dirname(path) === path || isReachable(dirname(path), { uid, gid }))
}

const existing = (path: string): string => (existsSync(path) ? path : existing(dirname(path)))

const placeElsewhere = (wanted: string) => {
  const link = lstatSync(wanted, { throwIfNoEntry: false })
  if (link?.isSymbolicLink() && existsSync(wanted)) return realpathSync(wanted)
  mkdirSync(elsewhere, { recursive: true, mode: 0o755 })
  const folder = mkdtempSync(join(elsewhere, "postgres-"))
  rmSync(wanted, { force: true })
  mkdirSync(dirname(wanted), { recursive: true })
  symlinkSync(folder, wanted)
  return folder
}
