// @ts-check
// <button data-behavior="save" data-save="#table" data-save-name="results.csv">: saves what the table shows as CSV, made here: what is
// shown only once is nowhere else.
/** @param {HTMLTableCellElement} cell */
const written = (cell) => {
  const secret = cell.querySelector('.secret-value');
  const text = (secret ?? cell).textContent?.trim() ?? '';
  // A cell that begins like a formula would be one to a spreadsheet.
  const guarded = !secret && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
};

document.addEventListener('click', (event) => {
  const button = event.target instanceof Element && event.target.closest('[data-behavior~="save"]');
  const table = button instanceof HTMLElement && document.querySelector(button.dataset.save ?? '');
  if (!(button instanceof HTMLElement) || !(table instanceof HTMLTableElement)) return;
  const lines = [...table.rows].map((row) => `${[...row.cells].map(written).join(',')}\r\n`);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(lines, { type: 'text/csv;charset=utf-8' }));
  link.download = button.dataset.saveName ?? 'table.csv';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
});
