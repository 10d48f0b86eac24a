// @ts-check
// <input data-behavior="narrow" data-narrow="list">: shows those items of the list that hold what is typed. What is ticked stays ticked.
for (const input of document.querySelectorAll('input[data-behavior~="narrow"]')) {
  if (!(input instanceof HTMLInputElement)) continue;
  const list = document.getElementById(input.dataset.narrow ?? '');
  const none = list?.querySelector('[data-narrow-none]');

  const narrow = () => {
    const needle = input.value.trim().toLowerCase();
    let shown = 0;
    for (const group of list?.querySelectorAll('[data-narrow-group]') ?? []) {
      let inGroup = 0;
      for (const item of group.querySelectorAll('[data-narrow-item]')) {
        const matches = (item.textContent ?? '').toLowerCase().includes(needle);
        item.toggleAttribute('hidden', !matches);
        if (matches) inGroup += 1;
      }
      group.toggleAttribute('hidden', inGroup === 0);
      shown += inGroup;
    }
    none?.toggleAttribute('hidden', shown > 0);
  };
  input.addEventListener('input', narrow);
  // Enter searches; it saves nothing.
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') event.preventDefault();
  });
}
