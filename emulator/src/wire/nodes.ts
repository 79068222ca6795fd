import type { BinaryNode } from 'baileys';

export type { BinaryNode } from 'baileys';

export type Attributes = Record<string, string | undefined>;

/** Builds a stanza; attributes that are undefined are left out. */
export const node = (tag: string, attributes: Attributes = {}, content?: BinaryNode['content']): BinaryNode => {
  const attrs: Record<string, string> = {};
  for (const key in attributes) {
    const value = attributes[key];
    if (value !== undefined) attrs[key] = value;
  }
  return content === undefined ? { tag, attrs } : { tag, attrs, content };
};

export const childrenOf = (parent: BinaryNode | undefined): BinaryNode[] =>
  Array.isArray(parent?.content) ? parent.content : [];

export const childrenNamed = (parent: BinaryNode | undefined, tag: string): BinaryNode[] =>
  childrenOf(parent).filter((child) => child.tag === tag);

export const childNamed = (parent: BinaryNode | undefined, tag: string): BinaryNode | undefined =>
  childrenOf(parent).find((child) => child.tag === tag);

/** A node's bytes; text that the codec packed (digits, hex) comes back as its bytes too. */
export const bytesOf = (leaf: BinaryNode | undefined): Buffer | undefined => {
  const content = leaf?.content;
  if (typeof content === 'string') return Buffer.from(content, 'utf8');
  if (content instanceof Uint8Array) return Buffer.isBuffer(content) ? content : Buffer.from(content);
  return undefined;
};

export const textOf = (leaf: BinaryNode | undefined): string | undefined => bytesOf(leaf)?.toString('utf8');
