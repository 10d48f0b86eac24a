// @ts-check
// <button data-behavior="copy" data-copy="#id of what is copied">: copies its text or value, and says so.
document.addEventListener('click', async (event) => {
  const button = event.target instanceof Element && event.target.closest('[data-behavior~="copy"]');
  if (!(button instanceof HTMLElement)) return;
  const source = document.querySelector(button.dataset.copy ?? '');
  if (!source) return;
  const text = source instanceof HTMLInputElement || source instanceof HTMLTextAreaElement ? source.value : (source.textContent ?? '').trim();
  const label = button.querySelector('[data-copy-label]') ?? button;
  const before = label.textContent;
  try {
    await navigator.clipboard.writeText(text);
    label.textContent = 'Copied';
  } catch {
    // Without the clipboard the text is at least selected, one key away from being copied.
    getSelection()?.selectAllChildren(source);
    label.textContent = 'Press Ctrl+C';
  }
  const live = document.querySelector('#live');
  if (live) live.textContent = label.textContent;
  setTimeout(() => { label.textContent = before; }, 2500);
});
