/** Who may call a route: anybody, the holder of an API key, or the operator. */
export type Access = 'public' | 'customer' | 'admin';

const publicPaths = new Set(['/healthz', '/readyz', '/openapi.json', '/docs']);
const adminPaths = new Set(['/metrics']);

/** By the path of the route alone, so that a route that nobody thought about here needs a key. */
export function accessOf(path: string): Access {
  if (publicPaths.has(path) || path.startsWith('/docs/')) return 'public';
  if (adminPaths.has(path) || path.startsWith('/admin/')) return 'admin';
  return 'customer';
}
