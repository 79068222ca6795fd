// @ts-check
/**
 * Draws the page: a tree of plain objects is compared with the last one, and what differs is changed in the document. Text
 * becomes text nodes and nothing else, so what people write is never markup.
 *
 * @import { Child, Props, VNode } from './types.d.ts'
 */

const SVG = 'http://www.w3.org/2000/svg';
const SVG_TAGS = new Set(['svg', 'path']);
/** Set as properties, since their attributes only say how they begin. */
const LIVE = new Set(['checked', 'disabled', 'selected', 'hidden']);

/** @param {string} text @returns {VNode} */
const textNode = (text) => ({ tag: '', props: {}, children: [], key: '', text, node: undefined });

/** @param {Child[]} children @returns {VNode[]} */
const flatten = (children) =>
  children.flatMap((child) => {
    if (typeof child === 'boolean' || child === null || child === undefined || child === '') return [];
    if (Array.isArray(child)) return flatten(child);
    return typeof child === 'object' ? [child] : [textNode(String(child))];
  });

/**
 * One element: `h('div.row', { onclick }, 'text', child)`. Props are attributes, listeners (`onclick`), `key`, and `mount`,
 * which is called with the element once it is in the document, and `patched`, which is called after every drawing.
 *
 * @param {string} selector
 * @param {Props} [props]
 * @param {Child[]} children
 * @returns {VNode}
 */
export const h = (selector, props, ...children) => {
  const [tag = 'div', ...classes] = selector.split('.');
  const { key, class: extra, ...rest } = props ?? {};
  const names = [...classes, ...(typeof extra === 'string' ? [extra] : [])].join(' ');
  return {
    tag,
    props: names ? { ...rest, class: names } : rest,
    children: flatten(children),
    key: key === undefined ? '' : String(key),
    text: '',
    node: undefined,
  };
};

/** @type {(() => void)[]} */
const afterwards = [];

/** @param {Element} element @param {string} name @param {unknown} value */
const setProp = (element, name, value) => {
  if (name === 'mount' || name === 'patched') return;
  // What a listener returns must not matter: false would cancel what the browser does.
  if (typeof value === 'function')
    Object.assign(element, { [name]: (/** @type {Event} */ event) => void value(event) });
  else if (name.startsWith('on') || LIVE.has(name)) Object.assign(element, { [name]: value ?? null });
  else if (value === undefined || value === null || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? '' : String(value));
};

/** @param {VNode} vnode @returns {Node} */
const create = (vnode) => {
  if (vnode.tag === '') {
    vnode.node = document.createTextNode(vnode.text);
    return vnode.node;
  }
  const isSvg = SVG_TAGS.has(vnode.tag);
  const element = isSvg ? document.createElementNS(SVG, vnode.tag) : document.createElement(vnode.tag);
  vnode.node = element;
  for (const [name, value] of Object.entries(vnode.props)) setProp(element, name, value);
  for (const child of vnode.children) element.append(create(child));
  const { mount, patched } = vnode.props;
  if (typeof mount === 'function') afterwards.push(() => mount(element));
  if (typeof patched === 'function') afterwards.push(() => patched(element));
  return element;
};

/** @param {VNode} before @param {VNode} after */
const patch = (before, after) => {
  const { node } = before;
  after.node = node;
  if (after.tag === '') {
    if (node && before.text !== after.text) node.textContent = after.text;
    return;
  }
  const element = /** @type {Element} */ (node);
  for (const name of Object.keys(before.props)) if (!(name in after.props)) setProp(element, name, undefined);
  for (const [name, value] of Object.entries(after.props)) {
    // What a person can change by hand is put right whether or not it has changed here.
    if (before.props[name] !== value || LIVE.has(name)) setProp(element, name, value);
  }
  patchChildren(element, before.children, after.children);
  const { patched } = after.props;
  if (typeof patched === 'function') afterwards.push(() => patched(element));
};

/** Children without a key are known by their tag and their place among those like them. @param {VNode[]} vnodes */
const identify = (vnodes) => {
  /** @type {Map<string, number>} */
  const counts = new Map();
  return vnodes.map((vnode) => {
    const name = `${vnode.tag}:${vnode.key}`;
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return `${name}:${count}`;
  });
};

/** @param {Element} element @param {VNode[]} before @param {VNode[]} after */
const patchChildren = (element, before, after) => {
  const ids = identify(before);
  const old = new Map(before.map((vnode, index) => [ids[index], vnode]));
  const kept = identify(after).map((id) => {
    const found = old.get(id);
    old.delete(id);
    return found;
  });
  for (const gone of old.values()) /** @type {ChildNode} */ (gone.node).remove();
  let place = element.firstChild;
  for (const [index, vnode] of after.entries()) {
    const found = kept[index];
    if (found) patch(found, vnode);
    const node = /** @type {ChildNode} */ (found ? vnode.node : create(vnode));
    if (node === place) place = place.nextSibling;
    else element.insertBefore(node, place);
  }
};

/**
 * Gives a function that draws into an element, again and again.
 *
 * @param {Element} element
 * @returns {(...children: Child[]) => void}
 */
export const createRenderer = (element) => {
  /** @type {VNode[]} */
  let last = [];
  return (...children) => {
    const next = flatten(children);
    patchChildren(element, last, next);
    last = next;
    for (const work of afterwards.splice(0)) work();
  };
};
