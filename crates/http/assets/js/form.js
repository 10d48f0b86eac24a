// @ts-check
// Small comforts of forms: a summary of errors takes the focus, passwords can be looked at, a slug follows the name, rows can be added.
const summary = document.querySelector('.error-summary');
if (summary instanceof HTMLElement) summary.focus();

/** @param {string} text */
// Letters that Unicode does not take apart.
const plain = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', ł: 'l', ħ: 'h', þ: 'th', ı: 'i' };
const folded = (text) => text.toLowerCase().normalize('NFKD').replace(/[\u0300-\u036f]/g, '').replace(/[ßæœøđðłħþı]/g, (letter) => plain[letter]);
const slug = (text) => folded(text).replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40);

for (const field of document.querySelectorAll('[data-behavior~="slug"]')) {
  const name = document.getElementById(field.getAttribute('data-slug-of') ?? '');
  if (!(field instanceof HTMLInputElement) || !(name instanceof HTMLInputElement)) continue;
  let follows = field.value === '' || field.value === slug(name.value);
  field.addEventListener('input', () => { follows = field.value === ''; });
  name.addEventListener('input', () => { if (follows) field.value = slug(name.value); });
}

document.addEventListener('click', (event) => {
  const target = event.target instanceof Element ? event.target : undefined;
  const reveal = target?.closest('[data-behavior~="reveal"]');
  if (reveal) {
    const field = document.getElementById(reveal.getAttribute('data-reveal') ?? '');
    if (!(field instanceof HTMLInputElement)) return;
    const hidden = field.type === 'password';
    field.type = hidden ? 'text' : 'password';
    reveal.textContent = hidden ? 'Hide' : 'Show';
    reveal.setAttribute('aria-label', (reveal.getAttribute('aria-label') ?? '').replace(/^\w+/, hidden ? 'Hide' : 'Show'));
  }
  const add = target?.closest('[data-behavior~="add-row"]');
  if (add) {
    const rows = document.querySelectorAll('[data-row]');
    const model = rows[rows.length - 1];
    if (!model) return;
    event.preventDefault();
    const fresh = /** @type {Element} */ (model.cloneNode(true));
    fresh.innerHTML = fresh.innerHTML.replaceAll(`.${rows.length - 1}"`, `.${rows.length}"`).replaceAll(`-${rows.length - 1}"`, `-${rows.length}"`).replaceAll(`Person ${rows.length}`, `Person ${rows.length + 1}`);
    for (const error of fresh.querySelectorAll('.field-error')) error.remove();
    for (const input of fresh.querySelectorAll('input')) {
      input.value = '';
      input.removeAttribute('aria-invalid');
      input.removeAttribute('aria-describedby');
    }
    model.after(fresh);
    fresh.querySelector('input')?.focus();
  }
});
