/**
 * Words that RFC, OpenID, NIST and Node documents do not explain, with their replacements; structure.js searches declared names for them.
 * `only`: in this folder; `whole`: as a whole name; `functionsOnly`: in names of functions; `not`: allowed phrases that contain the word.
 */
const words = (list, instead, options = {}) => list.split(', ').map((word) => ({ word, instead, ...options }))

export const privateWords = [
  ...words('desk', 'request context, services'),
  ...words('corridor', 'accounts'),
  ...words('look, looked, meet, recall', 'get, getOrCreate, getStored', { not: ['looks like'] }),
  ...words('door', 'flow, link purpose, enrolment context, token verifier'),
  ...words('visit', 'web session'),
  ...words('outsider', 'unauthorised'),
  ...words('sheet', 'page metadata', { not: ['style sheet'] }),
  ...words('killed', 'ended'),
  ...words('risen', 'nextEpoch'),
  ...words('spent, unspent', 'used'),
  ...words('anew', 're-encrypted'),
  ...words('asked', 'request, Command<K>'),
  ...words('holder', 'browser binding', { not: ['place holder'] }),
  ...words('journey', 'service', { only: 'src/' }),
  ...words('waist', 'epoch filter'),
  ...words('insides', 'internals'),
  ...words('read ahead', 'prefetch'),
  ...words('own client, own prompt, own sign, own places, own app, own post, own relying party', 'first-party …'),
  ...words('go on', 'continueSignIn'),
  ...words('to', 'seeOther', { whole: true, functionsOnly: true }),
  ...words('around', 'frame'),
  ...words('tongue, wording', 'translations'),
  ...words('speak', 'translate'),
  ...words('wish, wishes', 'candidates'),
  ...words('in house, house', 'service, first-party'),
  ...words('owed', 'outbox entry'),
  ...words('owe', 'enqueue'),
  ...words('debt', 'outbox entry'),
  ...words('paid', 'flush'),
  ...words('settle, settled, settling', 'dispatch, dispatched'),
  ...words('place', 'first-party app, stage path', { not: ['in place', 'place holder'] }),
  ...words('stay, stayed', 'extend the time'),
  ...words('lives, life, fate', 'lifecycle, state'),
  ...words('told, tell, heard', 'audited, notify, observed'),
  ...words('no', 'refusal', { whole: true }),
  ...words('one', 'the noun', { whole: true }),
  ...words('hint', 'lookup cache, link index', {
    not: ['id token hint', 'login hint', 'logout hint', 'token type hint'],
  }),
  ...words('post', 'sender', {
    only: 'src/',
    not: ['form post', 'post logout', 'client secret post', 'on post', 'post to get'],
  }),
  ...words('letter', 'template, email', { only: 'src/' }),
  ...words('rank, ranked', 'authority'),
  ...words('was paid', 'stepUpSatisfied'),
  ...words('mend, mends, mended', 'resume'),
  ...words('shelf', 'collection'),
  ...words('walk, walked', 'range scan'),
  ...words('beginning', 'prefixes'),
  ...words('patience', 'timeouts'),
  ...words('fitness', 'preflight'),
  ...words('pinned', 'fixed origin'),
  ...words('arena, ground', 'server fixture', { only: 'test/' }),
  ...words('stand, footing', 'server fixture', { only: 'test/' }),
  ...words('crowd', 'concurrently', { only: 'test/' }),
  ...words('party, parties', 'relying party', {
    only: 'test/',
    not: ['relying party', 'relying parties', 'first party'],
  }),
  ...words('scene', 'scenario', { only: 'test/' }),
  ...words('play, played', 'run', { only: 'test/' }),
]

/** Whole names of protocols and libraries that contain such a word. */
export const exempt = [
  'mend', // what to do about a finding: a public name
  'hint', // a key of openid-client and of the provider's parameters
  'post', // the HTTP method, as routers and clients name it
]
