/** The part of a commit that is about devices: their keys, the messages for them, and the news of both. */
import type { PgClient } from "@effect/sql-pg"
import { integers } from "../store/columns.ts"
import type { DeviceListWrite, KeyCountWrite, ToDeviceWrite } from "./LogEntry.ts"
import { columnsOf, lastOf, type Positioned } from "./positioned.ts"

export type DeviceWrite = ToDeviceWrite | DeviceListWrite | KeyCountWrite

const isKind =
  <K extends DeviceWrite["kind"]>(kind: K) =>
  (row: Positioned<DeviceWrite>): row is Positioned<Extract<DeviceWrite, { kind: K }>> =>
    row.write.kind === kind

export const writeForDevices = (sql: PgClient.PgClient, rows: ReadonlyArray<Positioned<DeviceWrite>>) => {
  const messages = rows.filter(isKind("toDevice"))
  const lists = rows.filter(isKind("deviceList"))
  const counts = lastOf(rows.filter(isKind("keyCount")), ({ userId, deviceId }) => `${userId}\0${deviceId}`)
  const ords = (of: ReadonlyArray<Positioned<unknown>>) => integers(of.map(({ ord }) => ord))

  const message = columnsOf(messages)
  const transaction = columnsOf(messages.filter(({ write }) => write.txn !== undefined))
  const changes = lastOf(lists, ({ userId, seenBy }) => `${userId}\0${seenBy}`)
  const change = columnsOf(changes)
  const count = columnsOf(counts)
  return sql`to_device_made AS (
    INSERT INTO to_device (pos, user_id, device_id, json)
    SELECT n.base + m.ord, m.user_id, m.device_id, m.json FROM n, unnest(
      ${ords(messages)}::bigint[],
      ${message(({ userId }) => userId)}::text[],
      ${message(({ deviceId }) => deviceId)}::text[],
      ${message(({ json }) => json)}::text[]
    ) AS m (ord, user_id, device_id, json)
  ), to_device_sent AS (
    INSERT INTO to_device_txns (txn) SELECT t.txn FROM n, unnest(${transaction(({ txn }) => txn!)}::text[]) AS t (txn)
  ), key_counts_changed AS (
    INSERT INTO one_time_key_changes (user_id, device_id, pos)
    SELECT c.user_id, c.device_id, n.base + c.ord FROM n, unnest(
      ${count(({ userId }) => userId)}::text[],
      ${count(({ deviceId }) => deviceId)}::text[],
      ${ords(counts)}::bigint[]
    ) AS c (user_id, device_id, ord)
    ON CONFLICT (user_id, device_id) DO UPDATE SET pos = excluded.pos
  ), device_lists_changed AS (
    INSERT INTO device_list_changes (user_id, seen_by, pos)
    SELECT c.user_id, c.seen_by, n.base + c.ord FROM n, unnest(
      ${change(({ userId }) => userId)}::text[],
      ${change(({ seenBy }) => seenBy)}::text[],
      ${ords(changes)}::bigint[]
    ) AS c (user_id, seen_by, ord)
    ON CONFLICT (user_id, seen_by) DO UPDATE SET pos = excluded.pos
  ), ${writeKeys(sql, lists)}`
}

const writeKeys = (sql: PgClient.PgClient, lists: ReadonlyArray<Positioned<DeviceListWrite>>) => {
  const each = <A>(of: (write: DeviceListWrite) => ReadonlyArray<A>) =>
    lists.flatMap(({ write, ord }) => of(write).map((item) => ({ write: { ...item, userId: write.userId }, ord })))

  const set = lastOf(
    each(({ deviceKeys }) => (deviceKeys === undefined ? [] : [deviceKeys])),
    ({ userId, deviceId }) => `${userId}\0${deviceId}`,
  )
  const removed = each(({ removed: ids = [] }) => ids.map((deviceId) => ({ deviceId })))
  const crossSigning = lastOf(
    each(({ crossSigning: keys = [] }) => keys),
    ({ userId, usage }) => `${userId}\0${usage}`,
  )
  const signatures = lastOf(
    each(({ signatures: made = [] }) => made),
    ({ userId, targetKey, signer, signingKey }) => [userId, targetKey, signer, signingKey].join("\0"),
  )
  const key = columnsOf(set)
  const gone = columnsOf(removed)
  const crossSigned = columnsOf(crossSigning)
  const signature = columnsOf(signatures)
  const deleted = (table: string) => sql`DELETE FROM ${sql(table)} t USING gone
    WHERE t.user_id = gone.user_id AND t.device_id = gone.device_id`
  return sql`device_keys_set AS (
    INSERT INTO device_keys (user_id, device_id, json)
    SELECT k.* FROM n, unnest(
      ${key(({ userId }) => userId)}::text[],
      ${key(({ deviceId }) => deviceId)}::text[],
      ${key(({ json }) => json)}::text[]
    ) AS k ON CONFLICT (user_id, device_id) DO UPDATE SET json = excluded.json
  ), cross_signing_set AS (
    INSERT INTO cross_signing_keys (user_id, usage, json)
    SELECT k.* FROM n, unnest(
      ${crossSigned(({ userId }) => userId)}::text[],
      ${crossSigned(({ usage }) => usage)}::text[],
      ${crossSigned(({ json }) => json)}::text[]
    ) AS k ON CONFLICT (user_id, usage) DO UPDATE SET json = excluded.json
  ), signatures_set AS (
    INSERT INTO key_signatures (target_user, target_key, signer, signing_key, signature)
    SELECT s.* FROM n, unnest(
      ${signature(({ userId }) => userId)}::text[],
      ${signature(({ targetKey }) => targetKey)}::text[],
      ${signature(({ signer }) => signer)}::text[],
      ${signature(({ signingKey }) => signingKey)}::text[],
      ${signature(({ signature: text }) => text)}::text[]
    ) AS s ON CONFLICT (target_user, target_key, signer, signing_key) DO UPDATE SET signature = excluded.signature
  ), gone AS (
    SELECT g.* FROM n, unnest(
      ${gone(({ userId }) => userId)}::text[],
      ${gone(({ deviceId }) => deviceId)}::text[]
    ) AS g (user_id, device_id)
  ), device_keys_gone AS (${deleted("device_keys")}), one_time_keys_gone AS (${deleted("one_time_keys")}),
  fallback_keys_gone AS (${deleted("fallback_keys")}), to_device_gone AS (${deleted("to_device")}),
  dehydrated_gone AS (${deleted("dehydrated_devices")}), signatures_gone AS (
    DELETE FROM key_signatures t USING gone WHERE t.target_user = gone.user_id AND t.target_key = gone.device_id
  )`
}
