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
