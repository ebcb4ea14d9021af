import t from 'tap';
import { sseData } from '../../../src/providers/openai/sse.js';
import { codedError } from './support.js';

async function read(...parts: (string | Uint8Array)[]): Promise<string[]> {
  async function* body() {
    for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
  }
  const events: string[] = [];
  for await (const data of sseData(body())) events.push(data);
  return events;
}

t.test('events cut at every byte read the same', async (t) => {
  const text =
    ': hello\r\n\r\nevent: x\r\ndata: {"a":\r\ndata: "käse"}\r\n\r\ndata:one\rdata: two\r\rdata: 3\n\n';
  const bytes = Buffer.from(text);
  for (let at = 0; at <= bytes.length; at++) {
    t.same(
      await read(bytes.subarray(0, at), bytes.subarray(at)),
      ['{"a":\n"käse"}', 'one\ntwo', '3'],
      `cut at ${at}`,
    );
  }
});

t.test('comments, ids and empty events give nothing', async (t) => {
  t.same(await read(': ping\n\n', 'id: 7\n\n', '\n\n', 'retry: 5\n\n'), []);
});

t.test('an event cut off by the end is still told', async (t) => {
  t.same(await read('data: a\n\ndata: {"b'), ['a', '{"b']);
});

t.test('a byte order mark before the first event is left out', async (t) => {
  t.same(await read('\ufeffdata: a\n\n'), ['a']);
});

t.test('an event without end is refused before it fills the memory', async (t) => {
  const part = `data: ${'x'.repeat(300_000)}`;
  const error = await codedError(t, () => read(part, part, part, part, part));
  t.equal(error.code, 'PROVIDER_PROTOCOL');
  const lines = `data: ${'x'.repeat(100_000)}\n`.repeat(20);
  t.equal((await codedError(t, () => read(lines))).code, 'PROVIDER_PROTOCOL');
});
