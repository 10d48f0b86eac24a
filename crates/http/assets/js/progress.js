// @ts-check
// <form data-behavior="progress" data-progress="id">: sends the form, reads a JSON line per row, and shows each as it comes.
document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches('[data-behavior~="progress"]')) return;
  const panel = document.getElementById(form.dataset.progress ?? '');
  const bar = panel?.querySelector('progress');
  const body = panel?.querySelector('tbody');
  const text = panel?.querySelector('[data-progress-text]');
  const list = panel?.querySelector('[data-progress-secrets]');
  const model = panel?.querySelector('template[data-progress-secret]');
  if (!panel || !bar || !body || !text) return;
  event.preventDefault();
  form.hidden = true;
  panel.hidden = false;
  // What was said before it happened is true no more.
  for (const part of document.querySelectorAll('[data-progress-before]')) part.toggleAttribute('hidden', true);
  for (const part of document.querySelectorAll('[data-progress-after]')) part.toggleAttribute('hidden', false);
  let done = 0;
  let failed = 0;

  /** @param {string} line */
  const take = (line) => {
    if (line.trim() === '') return;
    const row = JSON.parse(line);
    row.done ? done++ : failed++;
    bar.value = done + failed;
    text.textContent = `${done + failed} of ${bar.max}${failed ? `, ${failed} with a problem` : ''}`;
    const tr = body.insertRow();
    if (!row.done) body.prepend(tr);
    for (const cell of [String(row.line), row.who, row.text, '']) tr.insertCell().textContent = cell;
    tr.cells[1].className = 'cell-main';
    const mark = document.createElement('span');
    mark.className = row.done ? 'dot dot--green' : 'dot dot--red';
    mark.textContent = row.text;
    tr.cells[2].replaceChildren(mark);
    tr.cells[2].className = 'cell-full';
    tr.cells[3].className = 'cell-full cell-name';
    if (!list || !(model instanceof HTMLTemplateElement) || !row.shown_once) return;
    list.textContent += `${row.who}\t${row.shown_once}\n`;
    const secret = /** @type {DocumentFragment} */ (model.content.cloneNode(true));
    const value = secret.querySelector('.secret-value');
    const copy = secret.querySelector('button');
    if (!value || !copy) return;
    value.id = `secret-${row.line}`;
    value.textContent = row.shown_once;
    copy.dataset.copy = `#${value.id}`;
    copy.setAttribute('aria-label', `Copy that of ${row.who}`);
    tr.cells[3].replaceChildren(secret);
  };

  try {
    const response = await fetch(form.action, { method: 'POST', body: new URLSearchParams(/** @type {any} */ (new FormData(form))), headers: { accept: 'application/x-ndjson' } });
    if (!response.ok || !response.body) throw new Error(`the server answered ${response.status}`);
    let rest = '';
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const lines = (rest + part.value).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(take);
    }
    take(rest);
    text.textContent = `Finished: ${done} done${failed ? `, ${failed} with a problem` : ''}`;
  } catch (error) {
    text.textContent = `Stopped after ${done + failed} of ${bar.max}: ${error instanceof Error ? error.message : error}. What is listed below was done.`;
  }
  for (const part of panel.querySelectorAll('[data-progress-end]')) part.toggleAttribute('hidden', part.matches('[data-progress-if-secrets]') && !list?.textContent);
});
