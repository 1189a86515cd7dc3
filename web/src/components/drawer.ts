import { tick } from 'svelte';

/** An action: while it is active, an element that lies over the page has the focus, and gives it back afterwards. */
export function drawer(node: HTMLElement, isActive: boolean) {
  let before: HTMLElement | null = null;
  const giveBack = () => {
    const target = before;
    before = null;
    if (target) void tick().then(() => target.isConnected && target.focus()); // what lies below is inert until then
  };
  const update = (active: boolean) => {
    if (active && !before) {
      before = document.activeElement as HTMLElement;
      node.querySelector<HTMLElement>('a, button')?.focus();
    } else if (!active) {
      giveBack();
    }
  };
  update(isActive);
  return { update, destroy: giveBack };
}
