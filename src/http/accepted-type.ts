/**
 * Which of our types a caller likes best, by its Accept header; the first when it has no wish or none that we can grant.
 * Of equal wishes the more exact one wins, and then ours in the order given.
 */
export function chooseType<T extends string>(accept: string | undefined, ours: readonly [T, ...T[]]): T {
  const wishes = (accept ?? '*/*').split(',').slice(0, wishesMax).map(readWish);
  const ranked = ours
    .map((type, index) => ({ type, index, ...rank(type, wishes) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || b.exactness - a.exactness || a.index - b.index);
  return ranked[0]?.type ?? ours[0];
}

const wishesMax = 20;

type Wish = { readonly range: string; readonly weight: number };

function readWish(text: string): Wish {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1');
  return { range, weight: Number.isNaN(weight) ? 1 : weight };
}

function rank(type: string, wishes: readonly Wish[]): { weight: number; exactness: number } {
  const family = `${type.split('/')[0]}/*`;
  const fitting = wishes
    .map(({ range, weight }) => ({ weight, exactness: [`*/*`, family, type].indexOf(range) }))
    .filter(({ exactness }) => exactness >= 0)
    .sort((a, b) => b.exactness - a.exactness);
  return fitting[0] ?? { weight: 0, exactness: -1 };
}
