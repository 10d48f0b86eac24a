// @ts-check
// <form data-behavior="passkey" data-passkey="get" or "create" data-options="/where to ask">: asks the server what to ask for,
// the browser for a passkey, and sends its answer in the field `credential`. With data-conditional the browser also offers
// passkeys in the field that has autocomplete "webauthn".
const able = 'PublicKeyCredential' in window && 'parseRequestOptionsFromJSON' in PublicKeyCredential;
// One question at a time: a new one ends the one that waits.
let waiting = new AbortController();

/**
 * @param {HTMLFormElement} form
 * @param {CredentialMediationRequirement} mediation
 */
const ask = async (form, mediation) => {
  waiting.abort();
  const { signal } = waiting = new AbortController();
  const response = await fetch(form.dataset.options ?? '', { method: 'POST', headers: { accept: 'application/json' } });
  if (!response.ok) throw new Error('no question');
  const { publicKey } = await response.json();
  const credential = form.dataset.passkey === 'create'
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey), signal })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey), mediation, signal });
  const field = form.elements.namedItem('credential');
  if (!(credential instanceof PublicKeyCredential) || !(field instanceof HTMLInputElement)) throw new Error('no passkey');
  field.value = JSON.stringify(credential.toJSON());
  form.submit();
};

/** @param {HTMLFormElement} form @param {string} text */
const say = (form, text) => {
  const message = form.querySelector('[data-passkey-message]');
  if (!(message instanceof HTMLElement)) return;
  message.textContent = text;
  message.hidden = text === '';
};

for (const form of document.querySelectorAll('form[data-behavior~="passkey"]')) {
  if (!(form instanceof HTMLFormElement)) continue;
  if (!able) {
    say(form, 'This browser cannot use passkeys here.');
    for (const button of form.querySelectorAll('button')) button.disabled = true;
    continue;
  }
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    say(form, '');
    try {
      await ask(form, 'optional');
    } catch (error) {
      const known = error instanceof DOMException && error.name === 'InvalidStateError';
      say(form, known ? 'This device has a passkey of yours already.' : 'No passkey was given. Try again, or choose another way.');
    }
  });
  if (form.dataset.conditional === undefined) continue;
  PublicKeyCredential.isConditionalMediationAvailable?.().then((can) => {
    // It waits until somebody picks a passkey; whoever types a password instead leaves it waiting.
    if (can) ask(form, 'conditional').catch(() => {});
  });
}
