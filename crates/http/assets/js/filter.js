// @ts-check
// <form data-behavior="filter" data-target="results">: searches while one types, and replaces the target with the answer's.
// Until then the target says that it is busy.
for (const form of document.querySelectorAll('form[data-behavior~="filter"]')) {
  if (!(form instanceof HTMLFormElement)) continue;
  const id = form.dataset.target ?? '';
  /** @type {AbortController | undefined} */
  let running;
  let timer = 0;

  const awaitAnswer = () => document.getElementById(id)?.setAttribute('aria-busy', 'true');

  const run = async () => {
    running?.abort();
    awaitAnswer();
    running = new AbortController();
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value !== '') query.append(name, String(value));
    // Not `form.action`: that is a field of the form, where one is called so.
    const url = new URL(form.getAttribute('action') ?? '', location.href);
    url.search = query.toString();
    try {
      const response = await fetch(url, { headers: { accept: 'text/html', 'x-part': id }, signal: running.signal });
      if (!response.ok || response.redirected) throw new Error('no answer');
      const page = new DOMParser().parseFromString(await response.text(), 'text/html');
      const fresh = page.getElementById(id);
      const old = document.getElementById(id);
      if (!fresh || !old) throw new Error('nothing to show');
      old.replaceWith(fresh);
      history.replaceState(history.state, '', url);
      const count = fresh.querySelector('[data-count]')?.textContent ?? '';
      const live = document.querySelector('#live');
      if (live) live.textContent = count.trim();
      const title = document.querySelector('[data-count-copy]');
      if (title && count) title.textContent = count.trim();
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'AbortError')) form.submit();
    }
  };

  /** @param {Event} event */
  const soon = (event) => {
    const typing = event.target instanceof HTMLInputElement && event.target.type === 'search';
    // The end of typing changes nothing that was not searched for already.
    if (typing && event.type === 'change') return;
    clearTimeout(timer);
    awaitAnswer();
    timer = window.setTimeout(run, typing ? 200 : 0);
  };
  form.addEventListener('input', soon);
  form.addEventListener('change', soon);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    clearTimeout(timer);
    run();
  });

  // A page that the browser kept while it was left, in the middle of a search.
  window.addEventListener('pageshow', (event) => {
    if (event.persisted && document.getElementById(id)?.getAttribute('aria-busy')) run();
  });

  // What was chosen before this script was there, or filled in again by the browser.
  const listed = new URL(location.href).searchParams;
  for (const [name, value] of new FormData(form)) {
    if (value !== (listed.get(name) ?? '')) {
      run();
      break;
    }
  }
}
