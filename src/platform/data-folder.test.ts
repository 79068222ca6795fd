import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DataFolder, openDataFolder } from './data-folder.ts';

const isRoot = process.geteuid?.() === 0;
const nobody = 65_534;

let base: string;
let dir: string;
const opened: DataFolder[] = [];

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'data-folder-'));
  chmodSync(base, 0o755);
  dir = join(base, 'data');
});

afterEach(() => {
  for (const folder of opened.splice(0)) folder.close();
  rmSync(base, { recursive: true, force: true });
});

function requireFolder(path: string): DataFolder {
  const outcome = openDataFolder(path);
  if (outcome.kind !== 'opened') throw new Error(outcome.sentence);
  opened.push(outcome.folder);
  return outcome.folder;
}

function requireRefusal(path: string) {
  const outcome = openDataFolder(path);
  if (outcome.kind === 'refused') return outcome;
  outcome.folder.close();
  throw new Error('The folder was opened.');
}

describe('openDataFolder', () => {
  it('makes the folder for its owner alone', () => {
    const folder = requireFolder(join(dir, 'deeper'));
    expect(statSync(folder.path).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder.path).some((name) => name.startsWith('.probe'))).toBe(false);
  });

  it('opens again what was closed', () => {
    requireFolder(dir).close();
    expect(requireFolder(dir).path).toBe(dir);
  });

  it('refuses a path on which there is a file', () => {
    writeFileSync(dir, '');
    expect(requireRefusal(dir)).toMatchObject({ reason: 'unwritable', sentence: expect.stringContaining(dir) });
    expect(requireRefusal(join(dir, 'below'))).toMatchObject({ reason: 'unwritable' });
  });

  it('refuses a file system that takes no files', ({ skip }) => {
    skip(!(process.platform === 'linux'), 'needs Linux');
    expect(requireRefusal('/proc/self')).toMatchObject({ reason: 'unwritable' });
  });

  it('refuses a folder that it may not write to', ({ skip }) => {
    skip(!isRoot, 'needs root, to plant another owner');
    mkdirSync(dir, { mode: 0o500 });
    chownSync(dir, nobody, nobody);
    process.seteuid?.(nobody);
    try {
      expect(requireRefusal(dir)).toMatchObject({ reason: 'unwritable', sentence: expect.stringContaining('EACCES') });
    } finally {
      process.seteuid?.(0);
    }
  });

  it('refuses a folder of another user, and one with a file of another user in it', ({ skip }) => {
    skip(!isRoot, 'needs root, to plant another owner');
    mkdirSync(dir);
    chownSync(dir, nobody, nobody);
    expect(requireRefusal(dir)).toMatchObject({
      reason: 'foreign_owner',
      sentence: expect.stringContaining('user 65534'),
    });
    chownSync(dir, 0, 0);
    const file = join(dir, 'sluice.db');
    writeFileSync(file, '');
    chownSync(file, nobody, nobody);
    expect(requireRefusal(dir)).toMatchObject({ reason: 'foreign_owner', sentence: expect.stringContaining(file) });
  });

  it('warns of a folder that others can read', () => {
    mkdirSync(dir);
    chmodSync(dir, 0o755);
    expect(requireFolder(dir).warnings.join()).toContain('chmod 700');
    chmodSync(dir, 0o700);
    opened.pop()?.close();
    expect(requireFolder(dir).warnings.join()).not.toContain('chmod 700');
  });

  it('warns of a folder that a restart wipes', ({ skip }) => {
    skip(!existsSync('/dev/shm'), 'needs /dev/shm');
    const shm = mkdtempSync('/dev/shm/data-folder-');
    const folder = requireFolder(shm);
    expect(folder.warnings.join()).toContain('tmpfs');
    rmSync(shm, { recursive: true });
  });
});

describe('a data folder that is held', () => {
  it('is refused to a second taker in the same process', () => {
    requireFolder(dir);
    expect(requireRefusal(dir)).toMatchObject({ reason: 'held' });
  });

  it('is refused while another process lives, which is named, and given once that is killed', async () => {
    const module = join(import.meta.dirname, 'data-folder.ts');
    const program = `
      const { openDataFolder } = await import(process.argv[1]);
      console.log(openDataFolder(process.argv[2]).kind);
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', program, module, dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [said] = await once(holder.stdout, 'data');
      expect(String(said).trim()).toBe('opened');
      const refusal = requireRefusal(dir);
      expect(refusal.reason).toBe('held');
      expect(refusal.sentence).toContain(`process ${holder.pid} on `);
    } finally {
      holder.kill('SIGKILL');
      await once(holder, 'exit');
    }
    expect(requireFolder(dir).path).toBe(dir);
  });
});

describe('readOrMakeSecret', () => {
  it('makes a secret once, for its owner alone, and reads it from then on', () => {
    const folder = requireFolder(dir);
    const made = folder.readOrMakeSecret('secrets-key');
    expect(made).toMatchObject({ kind: 'made', secret: expect.stringMatching(/^[\w-]{43}$/) });
    expect(folder.readOrMakeSecret('secrets-key')).toEqual({ ...made, kind: 'read' });
    expect(statSync(join(dir, 'secrets-key')).mode & 0o777).toBe(0o600);
    expect(folder.readOrMakeSecret('api-key-pepper')).not.toMatchObject(made);
    expect(readdirSync(dir).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  it('never replaces a damaged secret by a new one', () => {
    const folder = requireFolder(dir);
    writeFileSync(join(dir, 'secrets-key'), 'cut');
    expect(folder.readOrMakeSecret('secrets-key')).toMatchObject({
      kind: 'refused',
      sentence: expect.stringContaining('Restore it from a backup'),
    });
    expect(readFileSync(join(dir, 'secrets-key'), 'utf8')).toBe('cut');
  });

  it('closes a secret that others could read', () => {
    const folder = requireFolder(dir);
    writeFileSync(join(dir, 'secrets-key'), 's'.repeat(43));
    chmodSync(join(dir, 'secrets-key'), 0o644);
    expect(folder.readOrMakeSecret('secrets-key').kind).toBe('read');
    expect(statSync(join(dir, 'secrets-key')).mode & 0o777).toBe(0o600);
  });
});
