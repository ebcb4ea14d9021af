import t, { type Test } from 'tap';
import { streamedValues } from '../../../src/providers/openai/streamed-values.js';
import { codedError } from './support.js';

async function read(...parts: (string | Uint8Array)[]): Promise<unknown[]> {
  async function* body() {
    for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
  }
  const items: unknown[] = [];
  for await (const item of streamedValues(body(), 'chat')) {
    items.push(item.kind === 'done' ? 'done' : item.value);
  }
  return items;
}

/** Cut in two at every byte, and into single bytes. */
async function everyCut(t: Test, text: string, expected: unknown[]): Promise<void> {
  const bytes = Buffer.from(text);
  for (let at = 0; at <= bytes.length; at++) {
    t.same(await read(bytes.subarray(0, at), bytes.subarray(at)), expected, `cut at ${at}`);
  }
  t.same(await read(...Array.from(bytes, (byte) => Uint8Array.of(byte))), expected, 'single bytes');
}

t.test('events read the same wherever they are cut and however their lines end (C2)', async (t) => {
  const text =
    ': hello\r\n\r\nevent: x\r\nid: 7\r\ndata: {"a":\r\ndata: "käse"}\r\n\r\ndata:{"b":1}\rretry: 5\r\rdata: {"c":"}"}\n\ndata: [DONE]\n\n';
  await everyCut(t, text, [{ a: 'käse' }, { b: 1 }, { c: '}' }, 'done']);
});

t.test('keep-alives in every form give nothing (C2)', async (t) => {
  const pings = [
    'data: : ping\n\n',
    ': ping\n\n',
    'data: ping\n\n',
    'data:\n\n',
    'data: [PING]\n\n',
    'data: 1\n\n',
    'data: ""\n\n',
    'event: ping\n\n',
    'ping\n\n',
    '\n\n\n',
    'data: null\n\n',
    ': OPENROUTER PROCESSING\n\n',
  ];
  for (const ping of pings) {
    t.same(await read(`${ping}data: {"a":1}\n\n${ping}data: [DONE]\n\n`), [{ a: 1 }, 'done'], ping);
  }
});

t.test('JSON lines, arrays, one pretty body and separators are read by their bytes', async (t) => {
  await everyCut(t, '{"a":1}\n{"b":"\\"}{"}\r\n', [{ a: 1 }, { b: '"}{' }]);
  t.same(await read('[{"a":1},\n{"b":[2]}]'), [{ a: 1 }, { b: [2] }]);
  t.same(await read('\u001e{"a":1}\u001e{"b":2}'), [{ a: 1 }, { b: 2 }]);
  t.same(await read(JSON.stringify({ a: { b: [1, 2] } }, null, 2)), [{ a: { b: [1, 2] } }]);
  t.same(await read('{"a":1}{"b":2}'), [{ a: 1 }, { b: 2 }]);
});

t.test('a byte order mark, and events without blank lines between them', async (t) => {
  t.same(await read('\ufeffdata: {"a":1}\n\n'), [{ a: 1 }]);
  t.same(await read('\ufeff{"a":1}'), [{ a: 1 }]);
  t.same(await read('data: {"a":1}\ndata: {"b":2}\ndata: [DONE]'), [{ a: 1 }, { b: 2 }, 'done']);
});

t.test('an error that a proxy writes into the stream as it is', async (t) => {
  t.same(await read('data: {"a":1}\n\n{"error":{"code":502}}\n'), [
    { a: 1 },
    { error: { code: 502 } },
  ]);
});

t.test('what is cut, broken or a web page is told as such', async (t) => {
  for (const text of [
    'data: {"a":1}\n\ndata: {"b',
    '{"a":',
    'data: {"a\n\n',
    'data: {a}\n\n',
    '<html>',
  ]) {
    t.equal((await codedError(t, () => read(text))).code, 'PROVIDER_PROTOCOL', text);
  }
});

t.test('an event without end is refused before it fills the memory', async (t) => {
  const part = `data: {"a":"${'x'.repeat(300_000)}`;
  const x = 'x'.repeat(300_000);
  t.equal((await codedError(t, () => read(part, x, x, x, x))).code, 'PROVIDER_PROTOCOL');
  const lines = `data: {"a":\n${`data: "${'x'.repeat(100_000)}",\n`.repeat(20)}`;
  t.equal((await codedError(t, () => read(lines))).code, 'PROVIDER_PROTOCOL');
});

t.test('a large value costs no more than its length', async (t) => {
  const body = `{"a":[${'{},'.repeat(200_000)}{}]}`;
  const bytes = Buffer.from(body);
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 64) parts.push(bytes.subarray(at, at + 64));
  const startedMs = performance.now();
  t.equal((await read(...parts)).length, 1);
  const tookMs = performance.now() - startedMs;
  t.ok(tookMs < 3000, `${Math.round(tookMs)} ms`);
});
