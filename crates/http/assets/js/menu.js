// @ts-check
// Popovers open and close by themselves. This places them beside their button where the browser cannot yet, and lets arrow keys walk.
const places = CSS.supports('position-area: block-end');

document.addEventListener('toggle', (event) => {
  const menu = event.target;
  if (!(menu instanceof HTMLElement) || !menu.matches('.menu')) return;
  if (/** @type {ToggleEvent} */ (event).newState !== 'open' || places) return;
  const button = document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
  if (!button) return;
  const at = button.getBoundingClientRect();
  const below = at.bottom + menu.offsetHeight < innerHeight;
  menu.style.inset = 'auto';
  menu.style.margin = '4px 0';
  menu.style.top = `${below ? at.bottom : Math.max(8, at.top - menu.offsetHeight - 8)}px`;
  menu.style.left = `${Math.max(8, Math.min(at.right - menu.offsetWidth, innerWidth - menu.offsetWidth - 8))}px`;
}, true);

document.addEventListener('keydown', (event) => {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const menu = document.querySelector('.menu:popover-open');
  if (!menu) return;
  const items = /** @type {HTMLElement[]} */ ([...menu.querySelectorAll('a, button')]);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const step = event.key === 'ArrowDown' ? 1 : -1;
  items[at < 0 ? (step > 0 ? 0 : items.length - 1) : (at + step + items.length) % items.length]?.focus();
  event.preventDefault();
});
