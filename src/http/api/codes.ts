/** Codes of problem documents, as the API's document lists them. */

/** The status of each code. */
export const statusOf = {
  invalid_token: 401,
  insufficient_user_authentication: 401,
  insufficient_scope: 403,
  origin_mismatch: 403,
  forbidden_target: 403,
  self_reset: 403,
  factor_too_new: 403,
  user_not_found: 404,
  reset_not_found: 404,
  session_not_found: 404,
  setup_incomplete: 409,
  account_disabled: 409,
  record_lost: 409,
  password_too_new: 409,
  reset_finished: 409,
  reset_superseded_meanwhile: 409,
  idempotency_conflict: 409,
  email_taken: 409,
  already_set_up: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  invalid_request: 422,
  code_incorrect: 422,
  too_many_attempts: 429,
  too_many_resets: 429,
  too_many_mails: 429,
  not_supported: 501,
  store_unavailable: 503,
} as const
export type ProblemCode = keyof typeof statusOf
