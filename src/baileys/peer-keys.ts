import { proto, unpadRandomMax16 } from 'baileys';
import type { SignalKeys } from './signal-keys.ts';

const shareType = proto.Message.ProtocolMessage.Type.APP_STATE_SYNC_KEY_SHARE;

/**
 * Our phone shares the keys of the app state once, and Baileys stores them after it has acknowledged them: a crash in
 * between would lose them for good, so they go into the commit of the plaintext that carries them.
 */
export async function stageSharedKeys(keys: SignalKeys, plaintext: Uint8Array): Promise<void> {
  const share = keyShareOf(plaintext);
  for (const { keyId, keyData } of share?.keys ?? []) {
    if (!keyId?.keyId || !keyData) continue;
    await keys.set({ 'app-state-sync-key': { [Buffer.from(keyId.keyId).toString('base64')]: keyData } });
  }
}

function keyShareOf(plaintext: Uint8Array): proto.Message.IAppStateSyncKeyShare | undefined {
  try {
    const { protocolMessage } = proto.Message.decode(unpadRandomMax16(plaintext));
    return protocolMessage?.type === shareType ? (protocolMessage.appStateSyncKeyShare ?? undefined) : undefined;
  } catch {
    return undefined;
  }
}
