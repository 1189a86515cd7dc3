// The address bar: /, /c/ID (with #message), /compare, /collected.

export type Route =
  | { page: 'chat'; conversation: string | null; message: string | null }
  | { page: 'compare' }
  | { page: 'collected' };

function parse(): Route {
  const [first, second] = location.pathname.split('/').filter(Boolean).map(decodeURIComponent);
  if (first === 'compare') return { page: 'compare' };
  if (first === 'collected') return { page: 'collected' };
  const conversation = first === 'c' && second ? second : null;
  return { page: 'chat', conversation, message: decodeURIComponent(location.hash.slice(1)) || null };
}

class Router {
  route = $state<Route>(parse());

  constructor() {
    window.addEventListener('popstate', () => (this.route = parse()));
  }

  go(path: string, replace = false) {
    history[replace ? 'replaceState' : 'pushState'](null, '', path);
    this.route = parse();
  }

  /** Follows a plain click on a link of the page without loading it anew. */
  follow(event: MouseEvent) {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.defaultPrevented) return;
    const link = (event.target as Element).closest('a');
    if (!link || link.target || link.origin !== location.origin || link.hasAttribute('download')) return;
    event.preventDefault();
    this.go(link.pathname + link.hash);
  }
}

export const router = new Router();
export const conversationPath = (id: string, message?: string | null) =>
  `/c/${encodeURIComponent(id)}${message ? '#' + encodeURIComponent(message) : ''}`;
