// @ts-check
// <form data-behavior="select">: counts ticked rows, ticks all of them, and whole ranges with Shift.
/** @type {HTMLInputElement | undefined} */
let last;

/** @param {Element} form */
const rows = (form) => /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll('.row-check')]);

/** @param {Element} form */
const count = (form) => {
  const all = rows(form);
  const ticked = all.filter((row) => row.checked).length;
  const text = form.querySelector('[data-select-count]');
  if (text) text.textContent = `${ticked} selected`;
  const every = form.querySelector('[data-select-all]');
  if (every instanceof HTMLInputElement) {
    every.checked = ticked > 0 && ticked === all.length;
    every.indeterminate = ticked > 0 && ticked < all.length;
  }
};

document.addEventListener('click', (event) => {
  const target = event.target;
  const form = target instanceof Element && target.closest('form[data-behavior~="select"]');
  if (!form) return;
  const all = rows(form);
  if (target instanceof HTMLInputElement && target.matches('[data-select-all]')) {
    for (const row of all) row.checked = target.checked;
  } else if (target.closest('[data-select-none]')) {
    for (const row of all) row.checked = false;
  } else if (target instanceof HTMLInputElement && target.matches('.row-check')) {
    const from = last ? all.indexOf(last) : -1;
    const to = all.indexOf(target);
    if (event.shiftKey && from >= 0) {
      for (const row of all.slice(Math.min(from, to), Math.max(from, to) + 1)) row.checked = target.checked;
    }
    last = target;
  } else return;
  count(form);
});
for (const form of document.querySelectorAll('form[data-behavior~="select"]')) count(form);
