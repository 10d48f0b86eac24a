// @ts-check
// <button data-behavior="print">: prints the page.
document.addEventListener('click', (event) => {
  if (event.target instanceof Element && event.target.closest('[data-behavior~="print"]')) print();
});
