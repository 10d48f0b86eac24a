// @ts-check
// <form data-behavior="preview">: when a role is chosen, asks the same page what that would change, and shows it.
// Until then the preview says that it is busy.
document.addEventListener('change', async (event) => {
  const field = event.target;
  const form = field instanceof HTMLInputElement && field.name === 'role' && field.closest('form[data-behavior~="preview"]');
  if (!(form instanceof HTMLFormElement)) return;
  const shown = () => form.querySelector('[data-preview]');
  shown()?.setAttribute('aria-busy', 'true');
  const url = new URL(form.action);
  for (const [name, value] of new FormData(form)) {
    if (name !== 'reason' && name !== 'temporary_password') url.searchParams.append(name, String(value));
  }
  try {
    const response = await fetch(url, { headers: { accept: 'text/html' } });
    if (!response.ok || response.redirected) return;
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    for (const part of ['[data-preview]', '[data-preview-submit]']) {
      const fresh = page.querySelector(part);
      const old = form.querySelector(part);
      if (!fresh || !old || !field.checked) continue;
      old.replaceWith(fresh);
      // What the choice would change stands below the roles, and a dialog shows no more than it can.
      if (part === '[data-preview]') fresh.scrollIntoView({ block: 'nearest' });
    }
  } catch {
    // The change can still be made; only its preview is missing.
  } finally {
    // What was chosen after it is still being asked for.
    if (field.checked) shown()?.removeAttribute('aria-busy');
  }
});
