import type { IncomingHttpHeaders } from 'node:http';

export const correlationHeader = 'x-correlation-id';

const printable = /^[\x20-\x7e]{1,128}$/;

/** The caller's own id for what it is doing, when it sent one that fits into a header and a log line. */
export function readCorrelationId(headers: IncomingHttpHeaders): string | undefined {
  const given = headers[correlationHeader];
  return typeof given === 'string' && printable.test(given) ? given : undefined;
}
