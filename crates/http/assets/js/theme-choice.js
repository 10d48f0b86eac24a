// @ts-check
// Buttons that choose light, dark or the system's theme: <button data-behavior="theme" value="dark">.
const root = document.documentElement;

const show = () => {
  const current = root.dataset.theme ?? 'system';
  for (const button of document.querySelectorAll('[data-behavior~="theme"]')) {
    button.setAttribute('aria-pressed', String(button.getAttribute('value') === current));
  }
};

document.addEventListener('click', (event) => {
  const button = event.target instanceof Element && event.target.closest('[data-behavior~="theme"]');
  if (!button) return;
  const chosen = button.getAttribute('value') ?? 'system';
  try {
    if (chosen === 'system') localStorage.removeItem('theme');
    else localStorage.setItem('theme', chosen);
  } catch {
    // Without storage the choice lasts for this page.
  }
  if (chosen === 'system') delete root.dataset.theme;
  else root.dataset.theme = chosen;
  show();
});
show();
