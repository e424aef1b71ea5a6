// Makes .env once. In production these come from where you keep secrets; a lost REKEY_KEYS costs every authenticator.
import { randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'

const newKey = () => randomBytes(32).toString('base64url')

if (!existsSync('.env')) writeFileSync('.env', `REKEY_KEYS=k1:${newKey()}\nCOOKIE_KEYS=${newKey()}\n`, { mode: 0o600 })
