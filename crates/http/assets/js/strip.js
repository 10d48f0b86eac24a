// @ts-check
// A strip of tabs that is wider than the screen: brings the open one into view where the browser does not by itself.
for (const current of document.querySelectorAll('.tabs > [aria-current]')) {
  const strip = current.parentElement;
  if (!(current instanceof HTMLElement) || !strip || CSS.supports('scroll-initial-target: nearest')) continue;
  strip.scrollLeft = current.offsetLeft - strip.offsetLeft - (strip.clientWidth - current.offsetWidth) / 2;
}
