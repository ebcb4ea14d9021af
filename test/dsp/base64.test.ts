import t from 'tap';
import { base64Length, decodeBase64 } from '../../src/dsp/base64.js';
import { random } from './signals.js';

t.test('whatever bytes were encoded come back, across the end of the ring', async (t) => {
  const next = random(5);
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from({ length }, () => Math.floor(next() * 256));
    const text = Buffer.from(bytes).toString('base64');
    t.equal(base64Length(text), length);
    const ring = Buffer.alloc(211);
    const start = Math.floor(next() * 211);
    t.ok(decodeBase64(text, ring, start, length));
    const got = bytes.map((_, i) => ring[(start + i) % 211] as number);
    if (Buffer.compare(got, bytes) !== 0) t.same(got, bytes);
  }
});

t.test('no byte beyond the limit is written', async (t) => {
  const ring = Buffer.alloc(16);
  t.ok(decodeBase64(Buffer.alloc(12, 7).toString('base64'), ring, 10, 5));
  t.same([...ring], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 7, 7, 7, 7, 0]);
  t.ok(decodeBase64(Buffer.alloc(12, 9).toString('base64'), ring, 13, 5));
  t.same([...ring], [9, 9, 0, 0, 0, 0, 0, 0, 0, 0, 7, 7, 7, 9, 9, 9]);
});

for (const text of ['A', 'AA', 'AAA', 'AAAAA', 'A===', '====', 'AA=A', 'AAA*', 'AA==AAAA']) {
  t.test(`${text} is not base64`, async (t) => {
    t.notOk(decodeBase64(text, Buffer.alloc(16), 0, 16));
  });
}

t.test('characters above 255 are not taken for those of their lower byte', async (t) => {
  t.notOk(decodeBase64('\u0141AAA', Buffer.alloc(16), 0, 16));
});

t.test('what follows the limit is still checked', async (t) => {
  t.notOk(decodeBase64('AAAAAAA!', Buffer.alloc(16), 0, 3));
});
