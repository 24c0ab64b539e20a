const WORDS: Readonly<Record<string, string>> = {
  'delivery.address_refused': 'The address is not allowed for receivers.',
  'delivery.gone': 'The receiver is gone for good (410).',
  'delivery.mail_login': 'The mail server refused the login.',
  'delivery.no_mail_server': 'No mail server is set for this deployment.',
  'delivery.secret_unreadable': 'The secret of the channel cannot be read.',
  'delivery.timeout': 'The receiver did not answer in time.',
  'delivery.unknown_host': 'The name of the receiver is not known.',
  'delivery.unreachable': 'The receiver cannot be reached.',
};

/** Why a delivery failed, as a person reads it; the code is for machines. */
export function failureText(code: string | null): string {
  if (code === null) return 'No answer.';
  const known = WORDS[code];
  if (known !== undefined) return known;
  const [, by, status] = /^delivery\.(http|smtp)_(\d{3})$/.exec(code) ?? [];
  if (status === undefined) return 'It failed.';
  if (by === 'smtp') return `The mail server refused it (${status}).`;
  return Number(status) >= 500 ? `The receiver failed (${status}).` : `The receiver refused it (${status}).`;
}
