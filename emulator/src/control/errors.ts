/** What the control API refuses, with the status code that goes with it. */
const STATUS = {
  host_unknown: 403,
  foreign_page: 403,
  too_many_streams: 503,
  phone_not_found: 404,
  client_not_found: 404,
  recipient_not_found: 404,
  fault_not_found: 404,
  message_not_found: 404,
  group_not_found: 404,
  call_not_found: 404,
  business_not_found: 404,
  label_not_found: 404,
  newsletter_not_found: 404,
  media_not_found: 404,
  media_gone: 410,
  media_broken: 422,
  not_a_member: 409,
  not_allowed: 409,
  number_taken: 409,
  lid_taken: 409,
  phone_offline: 409,
  client_offline: 409,
  outbox_full: 409,
  invalid_request: 400,
  invalid_message: 422,
  invalid_setting: 422,
  qr_malformed: 422,
  qr_unknown: 422,
  qr_expired: 422,
  code_unknown: 422,
  code_expired: 422,
  code_wrong: 422,
  client_gone: 422,
  client_refused: 422,
} as const;

export type ControlCode = keyof typeof STATUS;

export class ControlError extends Error {
  readonly code: ControlCode;
  readonly statusCode: number;
  constructor(code: ControlCode, message: string) {
    super(message);
    this.code = code;
    this.statusCode = STATUS[code];
  }
}
