// @ts-check
// <a data-behavior="dialog" href="…">: shows the page's [data-dialog] in a dialog. Without script the link is followed.
/** @type {HTMLDialogElement | undefined} */
let dialog;

const frame = () => {
  if (dialog) return dialog;
  dialog = document.createElement('dialog');
  dialog.className = 'dialog';
  dialog.addEventListener('click', (event) => {
    const target = event.target;
    if (target === dialog) dialog?.close();
    if (!(target instanceof Element) || !target.closest('[data-dialog-close]')) return;
    event.preventDefault();
    dialog?.close();
  });
  document.body.append(dialog);
  return dialog;
};

document.addEventListener('click', async (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const link = event.target instanceof Element && event.target.closest('a[data-behavior~="dialog"]');
  if (!(link instanceof HTMLAnchorElement)) return;
  event.preventDefault();
  const menu = link.closest('[popover]');
  if (menu instanceof HTMLElement) menu.hidePopover();
  try {
    const response = await fetch(link.href, { headers: { accept: 'text/html' } });
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const content = page.querySelector('[data-dialog]');
    if (!response.ok || response.redirected || !content) throw new Error('no dialog there');
    const shown = frame();
    shown.replaceChildren(content);
    const title = content.querySelector('h1');
    if (title) {
      title.id ||= 'dialog-title';
      shown.setAttribute('aria-labelledby', title.id);
    }
    if (!shown.open) shown.showModal();
    const first = content.querySelector('input:checked') ?? content.querySelector('input:not([type="hidden"]), select, textarea') ?? content.querySelector('[data-dialog-close]');
    if (first instanceof HTMLElement) first.focus();
  } catch {
    location.assign(link.href);
  }
});
