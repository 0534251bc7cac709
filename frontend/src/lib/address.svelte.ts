/** The address is the state of a page: what it holds survives a reload, and can be kept as a bookmark. */
export const address = $state({ path: location.pathname, query: location.search });

function read(): void {
  address.path = location.pathname;
  address.query = location.search;
}
addEventListener('popstate', read);

/** Go to another address of the studio. */
export function go(to: string, { replace = false } = {}): void {
  if (to === location.pathname + location.search) return;
  if (replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  const before = address.path;
  read();
  if (address.path !== before) {
    scrollTo(0, 0);
    queueMicrotask(() => document.querySelector<HTMLElement>('main')?.focus({ preventScroll: true }));
  }
}

/** One parameter of the address; empty if it is not there. */
export const param = (name: string): string => new URLSearchParams(address.query).get(name) ?? '';

/** Change parameters of the address in place; an empty value takes one away. */
export function keep(changes: Record<string, string | number>, { replace = true } = {}): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === '') query.delete(name);
    else query.set(name, String(value));
  }
  const text = query.toString();
  go(location.pathname + (text ? `?${text}` : ''), { replace });
}

/** Let plain clicks on links within the studio change the page without loading it anew. */
export function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest?.('a');
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
  if (link.pathname.startsWith('/api/')) return;
  if (link.hash && link.pathname === location.pathname && link.search === location.search) return;
  event.preventDefault();
  go(link.pathname + link.search);
}
