// @ts-check
// <form data-behavior="progress" data-progress="id">: sends the form, reads a JSON line per row, and shows each as it comes.
document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches('[data-behavior~="progress"]')) return;
  const panel = document.getElementById(form.dataset.progress ?? '');
  const bar = panel?.querySelector('progress');
  const body = panel?.querySelector('tbody');
  const text = panel?.querySelector('[data-progress-text]');
  const list = panel?.querySelector('[data-progress-passwords]');
  if (!panel || !bar || !body || !text) return;
  event.preventDefault();
  form.hidden = true;
  panel.hidden = false;
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
    const cells = [String(row.line), row.who, row.text, row.temporary_password ?? ''];
    for (const cell of cells) tr.insertCell().textContent = cell;
    const mark = document.createElement('span');
    mark.className = row.done ? 'dot dot--green' : 'dot dot--red';
    mark.textContent = row.text;
    tr.cells[2].replaceChildren(mark);
    tr.cells[3].className = 'mono';
    if (list && row.temporary_password) list.textContent += `${row.who}\t${row.temporary_password}\n`;
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
  for (const part of panel.querySelectorAll('[data-progress-end]')) part.toggleAttribute('hidden', part.matches('[data-progress-if-passwords]') && !list?.textContent);
});
