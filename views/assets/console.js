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
