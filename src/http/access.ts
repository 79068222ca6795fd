/** Who may call a route: anybody, the holder of an API key, or the operator. */
export type Access = 'public' | 'customer' | 'admin';

const publicPaths = new Set(['/healthz', '/readyz', '/openapi.json', '/docs', '/v1/media/:id/shared']);
const adminPaths = new Set(['/metrics']);

/** By the path of the route alone, as it is routed or described, so that one that nobody thought about here needs a key. */
export function accessOf(route: string): Access {
  const path = route.replaceAll(/\{(\w+)\}/g, ':$1');
  if (publicPaths.has(path) || path.startsWith('/docs/')) return 'public';
  if (adminPaths.has(path) || path.startsWith('/admin/')) return 'admin';
  return 'customer';
}
