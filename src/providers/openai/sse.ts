// Server-sent events of a streamed answer (WHATWG HTML, section 9.2), bounded. Control plane.

import { RingmasterError } from '../../errors.js';

/** Far above any real event; a server that never ends a line must not fill the memory. */
const MAX_EVENT_CHARS = 1024 * 1024;

/**
 * The `data` of each event, in order; comments, names and ids are left out. An event that the end of
 * the stream cuts short is yielded too: its reader finds out that it is not whole.
 * @throws {RingmasterError} PROVIDER_PROTOCOL where an event is above 1 MiB
 */
export async function* sseData(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  let data: string[] = [];
  let dataChars = 0;
  for await (const bytes of body) {
    const text = rest + decoder.decode(bytes, { stream: true });
    // A final \r may be the first half of \r\n: it stays until more is known.
    const lines = text.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const field = dataField(line);
      if (field !== undefined) {
        data.push(field);
        dataChars += field.length;
      } else if (line === '' && data.length > 0) {
        yield data.join('\n');
        data = [];
        dataChars = 0;
      }
    }
    if (rest.length + dataChars > MAX_EVENT_CHARS) {
      throw new RingmasterError('PROVIDER_PROTOCOL', 'a streamed event is too large');
    }
  }
  const last = dataField((rest + decoder.decode()).replace(/\r$/, ''));
  if (last !== undefined) data.push(last);
  if (data.length > 0) yield data.join('\n');
}

function dataField(line: string): string | undefined {
  if (!line.startsWith('data:')) return undefined;
  return line.slice(line.startsWith('data: ') ? 6 : 5);
}
