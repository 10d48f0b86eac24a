// @ts-check
// Runs in the head, before anything is painted, so that a stored theme never flashes the other one.
try {
  const stored = localStorage.getItem('theme');
  if (stored === 'light' || stored === 'dark') document.documentElement.dataset.theme = stored;
} catch {
  // Storage may be forbidden; then the system's theme is shown.
}
