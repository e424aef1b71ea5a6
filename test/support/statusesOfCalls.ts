/** Scenarios for the answers of single calls of the management API. See statuses.ts. */
import type { ApiHost } from './apiHost.ts'
import {
  adminOf,
  finished,
  foreign,
  limited,
  lost,
  newcomer,
  oneMail,
  open,
  type OfReset,
  passwordByLetter,
  pending,
  someReset,
  strict,
  withRole,
  wrongCode,
} from './apiScenarios.ts'
import type { Acting } from './managementCalls.ts'
import type { Answer } from './relyingParties.ts'

const RESETS = '/users/{id}/two-factor/resets'

const get = (acting: Acting, path: string) => acting.call('GET', path)
const invite = (acting: Acting, body: object, headers = {}) => acting.call('POST', '/users', body, headers)
const inviteAgain = (acting: Acting, { id }: { id: string }) => acting.call('POST', `/users/${id}/invitation`)
const change = (acting: Acting, { id }: { id: string }, body: object, headers = {}) =>
  acting.call('PATCH', `/users/${id}`, body, headers)
const remove = (acting: Acting, { id }: { id: string }, body: object, headers = {}) =>
  acting.call('DELETE', `/users/${id}`, body, headers)
const endSessions = (acting: Acting, { id }: { id: string }) => acting.call('DELETE', `/users/${id}/sessions`)
const mail = (acting: Acting, { id, rid }: OfReset) => acting.call('POST', `/users/${id}/two-factor/resets/${rid}/mail`)
const revoke = (acting: Acting, { id, rid }: OfReset) =>
  acting.call('DELETE', `/users/${id}/two-factor/resets/${rid}`, { freeze: true })

/** A call with a code, by an acting person. */
type Act = (acting: Acting, host: ApiHost, code: string) => Promise<Answer>
type Scenario = (host: ApiHost, admin: Acting) => Promise<Answer>

/** Refusals of an act because of its step-up. */
const steppingUp = (act: Act): Readonly<Record<string, Scenario>> => ({
  code_incorrect: (host, admin) => act(admin, host, wrongCode(admin.person, host.server.now())),
  async too_many_attempts(host, admin) {
    for (let n = 0; n < 6; n++) await act(admin, host, wrongCode(admin.person, host.server.now()))
    return act(admin, host, await admin.person.code())
  },
  async factor_too_new() {
    const host = await open(strict)
    const admin = await adminOf(host)
    return act(admin, host, await admin.person.code())
  },
  async too_many_resets() {
    const host = await open(limited)
    const admin = await adminOf(host)
    await admin.reset(await host.person(), { code: await admin.person.code() })
    return act(admin, host, wrongCode(admin.person, host.server.now()))
  },
})
const key = { 'idempotency-key': 'ticket-4711' }

/** The other scenarios, by the status of a success (with its media type, if there are several) or the code of a problem. */
export const particular: Readonly<Record<string, Readonly<Record<string, Scenario>>>> = {
  'GET /users': { 200: (_, admin) => get(admin, '/users?limit=1') },
  'POST /users': {
    ...steppingUp((acting, _, code) => invite(acting, { ...withRole(), code })),
    201: (_, admin) => invite(admin, newcomer()),
    forbidden_target: async (host) => invite(await host.acting(await host.person({ roles: ['helpdesk'] })), withRole()),
    email_taken: async (host, admin) => invite(admin, { ...newcomer(), email: (await host.person()).email }),
    async idempotency_conflict(_, admin) {
      await invite(admin, { ...withRole(), code: await admin.person.code() }, key)
      return invite(admin, withRole(), key)
    },
    async too_many_mails() {
      const admin = await adminOf(await open(oneMail))
      await invite(admin, newcomer())
      return invite(admin, newcomer())
    },
    not_supported: async () => invite(await adminOf(await open(foreign)), newcomer()),
  },
  'POST /users/{id}/invitation': {
    202: async (host, admin) => inviteAgain(admin, await pending(host)),
    account_disabled: async (host, admin) => inviteAgain(admin, await host.person({ status: 'disabled' })),
    already_set_up: async (host, admin) => inviteAgain(admin, await host.person()),
    record_lost: async (host, admin) => inviteAgain(admin, await lost(host, 'pending')),
    async too_many_resets() {
      const host = await open(limited)
      const [admin, target] = [await adminOf(host), await pending(host)]
      await inviteAgain(admin, target)
      return inviteAgain(admin, target)
    },
    async too_many_mails() {
      const host = await open(oneMail)
      const admin = await adminOf(host)
      await inviteAgain(admin, await pending(host))
      return inviteAgain(admin, await pending(host))
    },
  },
  'GET /users/{id}': { 200: async (host, admin) => get(admin, `/users/${(await someReset(host)).id}`) },
  'PATCH /users/{id}': {
    ...steppingUp(async (acting, host, code) => change(acting, await host.person(), { status: 'disabled', code })),
    200: async (host, admin) => change(admin, await host.person(), { name: 'Somebody else' }),
    setup_incomplete: async (host, admin) => change(admin, await pending(host), { status: 'active' }),
    record_lost: async (host, admin) => change(admin, await lost(host, 'active'), { roles: [] }),
    email_taken: async (host, admin) => change(admin, await host.person(), { email: admin.person.email }),
    async idempotency_conflict(host, admin) {
      const target = await host.person()
      await change(admin, target, { status: 'disabled', code: await admin.person.code() }, key)
      return change(admin, target, { status: 'active' }, key)
    },
    async not_supported() {
      const host = await open(foreign)
      return change(await adminOf(host), await host.person(), { name: 'Somebody else' })
    },
  },
  'DELETE /users/{id}': {
    ...steppingUp(async (acting, host, code) => remove(acting, await host.person(), { code })),
    204: async (host, admin) => remove(admin, await host.person(), { code: await admin.person.code() }),
    async idempotency_conflict(host, admin) {
      await remove(admin, await host.person(), { code: await admin.person.code() }, key)
      return remove(admin, await host.person(), {}, key)
    },
    async not_supported() {
      const host = await open(foreign)
      return remove(await adminOf(host), await host.person(), {})
    },
  },
  'GET /users/{id}/export': {
    200: async (host, admin) => get(admin, `/users/${(await someReset(host)).id}/export`),
  },
  'GET /users/{id}/sessions': { 200: (_, admin) => get(admin, `/users/${admin.person.id}/sessions`) },
  'DELETE /users/{id}/sessions': {
    204: async (host, admin) => endSessions(admin, await host.person()),
    record_lost: async (host, admin) => endSessions(admin, await lost(host, 'active')),
  },
  'DELETE /users/{id}/sessions/{sid}': {
    async 204(host, admin) {
      const person = await host.person()
      await host.enter(person)
      const { body } = await get(admin, `/users/${person.id}/sessions`)
      return admin.call('DELETE', `/users/${person.id}/sessions/${body.items[0].id}`)
    },
    session_not_found: async (host, admin) => admin.call('DELETE', `/users/${(await host.person()).id}/sessions/x`),
  },
  'GET /users/{id}/two-factor/reset-preview': {
    200: (_, admin) => get(admin, `/users/${admin.person.id}/two-factor/reset-preview`),
  },
  [`GET ${RESETS}`]: {
    200: async (host, admin) => get(admin, `/users/${(await finished(host)).id}/two-factor/resets`),
  },
  [`POST ${RESETS}`]: {
    ...steppingUp(async (acting, host, code) => acting.reset(await host.person(), { code })),
    201: async (host, admin) => admin.reset(await host.person(), { code: await admin.person.code() }),
    setup_incomplete: async (host, admin) => admin.reset(await pending(host)),
    account_disabled: async (host, admin) => admin.reset(await host.person({ status: 'disabled' })),
    async password_too_new(host, admin) {
      const target = await host.person({ roles: ['admin'] })
      await passwordByLetter(host, target)
      return admin.reset(target, { code: await admin.person.code() })
    },
    async reset_finished(host, admin) {
      const target = await host.person()
      await admin.reset(target, { code: await admin.person.code() }, key)
      // So many that the record does not keep the first any more.
      for (let more = 0; more < 10; more++) await host.host.rekey.reset({ accountId: target.id, by: null })
      return admin.reset(target, {}, key)
    },
    reset_superseded_meanwhile: async (host, admin) => admin.reset(await someReset(host), { seen: null }),
    async idempotency_conflict(host, admin) {
      const target = await host.person()
      await admin.reset(target, { code: await admin.person.code() }, key)
      return admin.reset(target, { reason: 'another' }, key)
    },
  },
  [`GET ${RESETS}/{rid}`]: {
    async 200(host, admin) {
      const { id, rid } = await someReset(host)
      return get(admin, `/users/${id}/two-factor/resets/${rid}`)
    },
    invalid_request: (_, admin) => get(admin, '/users/x/two-factor/resets/x?wait=31'),
  },
  [`POST ${RESETS}/{rid}/mail`]: {
    202: async (host, admin) => mail(admin, await someReset(host)),
    reset_finished: async (host, admin) => mail(admin, await finished(host)),
    async account_disabled(host, admin) {
      const made = await someReset(host)
      await host.host.directory.setStatus(made.id, 'disabled')
      return mail(admin, made)
    },
    async too_many_resets() {
      const host = await open(limited)
      return mail(await adminOf(host), await someReset(host))
    },
    async too_many_mails() {
      const host = await open(oneMail)
      const admin = await adminOf(host)
      await invite(admin, newcomer())
      return mail(admin, await someReset(host))
    },
  },
  [`DELETE ${RESETS}/{rid}`]: {
    204: async (host, admin) => revoke(admin, await someReset(host)),
    reset_finished: async (host, admin) => revoke(admin, await finished(host)),
  },
  'GET /audit-events': {
    200: (_, admin) => get(admin, '/audit-events'),
    async '200 application/x-ndjson'(host, admin) {
      await invite(admin, newcomer())
      await host.host.rekey.idle()
      return admin.call('GET', '/audit-events', undefined, { accept: 'application/x-ndjson' })
    },
  },
}
