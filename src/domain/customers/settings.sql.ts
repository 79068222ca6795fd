import type { Reader, Tx } from '../../db/index.ts';

export const selectSetting = (from: Tx | Reader, key: string) =>
  from.selectFrom('settings').select('value').where('key', '=', key).executeTakeFirst();

export const upsertSetting = (tx: Tx, key: string, value: string) =>
  tx
    .insertInto('settings')
    .values({ key, value })
    .onConflict((on) => on.column('key').doUpdateSet({ value }))
    .execute();
