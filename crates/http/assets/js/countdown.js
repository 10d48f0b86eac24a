// @ts-check
// <span data-behavior="countdown" data-until="time">: how long it is until then, every second; then the page is asked for again.
for (const element of document.querySelectorAll('[data-behavior~="countdown"]')) {
  if (!(element instanceof HTMLElement)) continue;
  const until = Date.parse(element.dataset.until ?? '');
  if (Number.isNaN(until)) continue;
  const show = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    if (left <= 0) {
      element.textContent = ', now';
      clearInterval(timer);
      setTimeout(() => location.reload(), 2000);
      return;
    }
    const seconds = String(left % 60).padStart(2, '0');
    element.textContent = `, in ${Math.floor(left / 60)}:${seconds}`;
  };
  const timer = setInterval(show, 1000);
  show();
}
