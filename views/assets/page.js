// What the pages do better with JavaScript; without it every one of them works all the same.
const said = document.getElementById('said')
const say = (text) => said && (said.textContent = text)

// A second press of a button within a second is a slip. The server knows too: every form carries a one-time token.
for (const form of document.forms) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.sent) event.preventDefault()
    form.dataset.sent = 'yes'
    setTimeout(() => delete form.dataset.sent, 1000)
  })
}

document.querySelector('.error-summary')?.focus()

// Without JavaScript times are in UTC; here in the reader's zone, which is named as well.
const { formats, between } = document.body.dataset
const format = (options) => new Intl.DateTimeFormat(formats, { hourCycle: 'h23', ...options })
const minute = { hour: '2-digit', minute: '2-digit', timeZoneName: 'short' }
const day = { day: 'numeric', month: 'long', year: 'numeric' }
const shapes = {
  date: [format(day), format(minute)],
  time: [format(minute)],
  clock: [format({ ...minute, second: '2-digit' })],
}
const local = ({ dateTime }, shape) => shapes[shape].map((each) => each.format(new Date(dateTime))).join(between)
export const localTimes = (root) => {
  for (const time of root.querySelectorAll('time[data-show]')) time.textContent = local(time, time.dataset.show)
  for (const time of root.querySelectorAll('time[data-title]')) time.title = local(time, time.dataset.title)
}
localTimes(document)

const on = (what, act, isPossible = true) => {
  for (const one of document.querySelectorAll(what)) {
    one.hidden &&= !isPossible
    one.addEventListener('click', () => act(one, one.dataset))
  }
}

const tick = (data) => {
  const box = document.getElementById(data.tick)
  if (box) box.checked = true
}

on('a[data-tick]', (_, data) => tick(data))

on('[data-print]', (_, data) => {
  print()
  tick(data)
})

on(
  '[data-copy]',
  async (_, data) => {
    const from = document.getElementById(data.copy)
    const items = [...from.querySelectorAll('li')].map((item) => item.textContent.trim())
    try {
      await navigator.clipboard.writeText(items.length ? items.join('\n') : from.textContent.replace(/\s/g, ''))
      say(data.copied)
      tick(data)
    } catch {
      getSelection().selectAllChildren(from)
      say(data.refused)
    }
  },
  Boolean(navigator.clipboard),
)

on('[data-reveal]', (button, data) => {
  const field = document.getElementById(data.reveal)
  field.type = field.type === 'password' ? 'text' : 'password'
  const shown = button.textContent
  button.textContent = data.revealText
  data.revealText = shown
})

// Two minutes before a page ends it asks who is still there. By the clock, since a timer sleeps with its computer.
const leaving = document.getElementById('leaving')
if (leaving) {
  const warnAt = Date.now() + (leaving.dataset.left - 120) * 1000
  const timer = setInterval(() => {
    if (Date.now() < warnAt) return
    clearInterval(timer)
    leaving.showModal()
  }, 1000)
}
on('[data-close]', (button) => button.closest('dialog').close())

// Escape goes where Cancel goes, and the focus to the control that led away from there.
const cancel = document.querySelector('a[data-escape]')
addEventListener('keydown', (event) => {
  if (cancel && event.key === 'Escape' && !event.isComposing) cancel.click()
})
document.getElementById(location.hash.slice(1))?.focus()
