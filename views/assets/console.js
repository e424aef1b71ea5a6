// What the console does better with JavaScript.

// "/" goes to the search field, as long as nothing is being typed; Escape empties it.
const search = document.querySelector('[aria-keyshortcuts="/"]')
const takesText = (element) => element.matches('input, select, textarea, [contenteditable]')
addEventListener('keydown', (event) => {
  if (!search || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
  if (event.key === '/' && !takesText(event.target) && !document.querySelector('dialog:modal')) {
    event.preventDefault()
    search.select()
    search.focus()
  }
  if (event.key === 'Escape' && event.target === search) search.value = ''
})

// The list of users keeps its filters in this tab, also behind a reset.
const list = 'list-of-users'
if (document.body.id === 'users') sessionStorage.setItem(list, location.search)
for (const link of document.querySelectorAll('.crumbs a[data-list]'))
  if (!link.search) link.search = sessionStorage.getItem(list) ?? ''

// Days are days of the reader's time zone. An address that names one keeps it.
const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
for (const element of document.querySelectorAll('[data-zone]')) {
  if (element.matches('input')) element.value = timeZone
  else if (element.matches('a')) element.search = `${element.search}&zone=${encodeURIComponent(timeZone)}`
  else element.querySelector('bdi').textContent = timeZone
}

// The menu closes when something else is pressed, and at Escape unless that closes a question of the menu.
const menu = document.querySelector('.menu')
addEventListener('click', ({ target }) => {
  if (menu && !menu.contains(target)) menu.open = false
})
addEventListener('keydown', ({ key }) => {
  if (key !== 'Escape' || !menu?.open || document.querySelector('.question:popover-open')) return
  menu.open = false
  menu.querySelector('summary').focus()
})

// The state of an open reset follows the server, which answers at a change or says after a while that there is none.
const live = document.querySelector('[data-live]')
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))
const shown = () =>
  document.hidden && new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }))

const part = (id) => document.getElementById(id)

/** @returns whether the same reset is still open */
async function show(text) {
  const before = live.firstElementChild.dataset
  live.innerHTML = text
  // The module that the page has loaded: another address would run it again.
  const { localTimes } = await import(document.querySelector('script[src*="page.js"]').src)
  localTimes(live)
  const now = live.firstElementChild.dataset
  if (now.says !== before.says) part('live-said').textContent = now.says
  return now.open !== '' && now.open === before.open
}

async function follow({ live: address, signedOut, over }) {
  const end = (text) => {
    part('live-said').textContent = [live.firstElementChild.dataset.says, text].join('. ')
    part('follow').classList.add('over')
  }
  for (;;) {
    await shown()
    const hidden = new AbortController()
    const stop = () => hidden.abort()
    document.addEventListener('visibilitychange', stop)
    // Also where the server does not wait.
    let rest = pause(1500)
    try {
      const { version } = live.firstElementChild.dataset
      const answer = await fetch(`${address}?version=${version}`, { signal: hidden.signal, redirect: 'error' })
      if (answer.status === 403 || answer.status === 404) return end(answer.status === 403 ? signedOut : over)
      if (answer.status === 200 && !(await show(await answer.text()))) {
        part('while-open')?.setAttribute('hidden', '')
        return end(over)
      }
      if (!answer.ok) rest = pause(5000)
    } catch {
      rest = pause(document.hidden ? 0 : 5000)
    }
    document.removeEventListener('visibilitychange', stop)
    await rest
  }
}
if (live) void follow(live.dataset)
