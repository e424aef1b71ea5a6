// The ceremonies of passkeys. The browser is called in the press itself, with nothing awaited before: Safari requires the gesture.

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.codePointAt(0))
const text = (buffer) =>
  btoa(String.fromCodePoint(...new Uint8Array(buffer)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

const descriptors = (list) => list.map((descriptor) => ({ ...descriptor, id: bytes(descriptor.id) }))
// Browsers inside of other applications may never answer, whatever the timeout of the options is.
const signalOf = ({ timeout }) => AbortSignal.timeout(timeout + 10_000)

const create = (options) =>
  navigator.credentials.create({
    signal: signalOf(options),
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: descriptors(options.excludeCredentials),
    },
  })
const get = (options) =>
  navigator.credentials.get({
    signal: signalOf(options),
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: descriptors(options.allowCredentials),
    },
  })

const parts = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature']

/** The answer as the standard writes it in JSON. An extension that answers in place of the browser may lack methods. */
function json(credential) {
  const { id, rawId, type, response } = credential
  const known = parts.filter((part) => response[part]).map((part) => [part, text(response[part])])
  return JSON.stringify({
    id,
    rawId: text(rawId),
    type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults?.() ?? {},
    response: { ...Object.fromEntries(known), transports: response.getTransports?.() },
  })
}

/** A form with the options of its ceremonies and fields for the answers. A new passkey is tried before it is sent. */
function prepare(form) {
  const { registration, assertion } = form.elements
  const { creation, request } = form.dataset
  const status = form.querySelector('[role=status]')
  const button = form.querySelector('button')
  let isBusy = false

  const say = (words, hasFailed = false) => {
    status.textContent = words
    status.classList.toggle('failed', hasFailed)
    button.focus()
  }
  const call = () => {
    const options = JSON.parse(request)
    if (!creation) return get(options)
    if (!registration.value) return create(JSON.parse(creation))
    return get({ ...options, allowCredentials: [{ type: 'public-key', id: JSON.parse(registration.value).id }] })
  }
  const press = async (isNew) => {
    try {
      const credential = await call()
      ;(isNew ? registration : assertion).value = json(credential)
      if (!isNew) return form.submit()
      button.textContent = form.dataset.confirm
      say(form.dataset.created)
    } catch (error) {
      say(form.dataset[error.name] ?? form.dataset.failed, true)
    }
    isBusy = false
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (isBusy) return
    isBusy = true
    say(form.dataset.waiting)
    void press(Boolean(creation && !registration.value))
  })
  form.previousElementSibling.hidden = true
  form.hidden = false
}

if (globalThis.PublicKeyCredential) for (const form of document.querySelectorAll('form[data-passkey]')) prepare(form)

// The browser may hide passkeys that the account does not have any more. The list is the one of this very page.
const accepted = document.querySelector('[data-accepted]')
if (accepted)
  globalThis.PublicKeyCredential?.signalAllAcceptedCredentials?.(JSON.parse(accepted.dataset.accepted)).catch(() => {})
