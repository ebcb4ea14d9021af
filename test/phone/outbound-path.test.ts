import t from 'tap';
import { OutboundPath } from '../../src/phone/outbound-path.js';
import { ManualClock } from '../../src/phone/phone-clock.js';
import { seededRandom } from '../../src/phone/seeded-random.js';

function path(jitterMs: number): {
  clock: ManualClock;
  sent: { text: string; atMs: number }[];
  outbound: OutboundPath;
} {
  const clock = new ManualClock();
  const sent: { text: string; atMs: number }[] = [];
  const outbound = new OutboundPath(clock, (text) => sent.push({ text, atMs: clock.nowMs() }), {
    jitterMs,
    random: seededRandom(7),
  });
  return { clock, sent, outbound };
}

t.test('a good line sends at once', async (t) => {
  const { sent, outbound } = path(0);
  outbound.send('a');
  t.strictSame(sent, [{ text: 'a', atMs: 0 }]);
});

t.test('a stall holds everything back, then all of it comes at once and in order', async (t) => {
  const { clock, sent, outbound } = path(0);
  outbound.stall(100);
  for (const text of ['a', 'b', 'c']) {
    outbound.send(text);
    await clock.advance(20);
  }
  t.equal(sent.length, 0);
  await clock.advance(40);
  t.strictSame(
    sent,
    ['a', 'b', 'c'].map((text) => ({ text, atMs: 100 })),
  );
  outbound.send('d');
  t.equal(sent.length, 4);
});

t.test('jitter delays within its bound and keeps the order', async (t) => {
  const { clock, sent, outbound } = path(60);
  for (let i = 0; i < 50; i += 1) {
    outbound.send(String(i * 20));
    await clock.advance(20);
  }
  await clock.advance(100);
  const delays = sent.map(({ text, atMs }) => atMs - Number(text));
  t.strictSame(
    sent.map(({ text }) => Number(text)),
    Array.from({ length: 50 }, (_, i) => i * 20),
  );
  t.ok(delays.every((delay) => delay >= 0 && delay <= 60));
  t.ok(Math.max(...delays) - Math.min(...delays) > 20, 'it varies');
});

t.test('flushing sends what waits, discarding drops it', async (t) => {
  const { clock, sent, outbound } = path(0);
  outbound.stall(100);
  outbound.send('a');
  outbound.flush();
  t.equal(sent.length, 1);
  outbound.send('b');
  outbound.discard();
  await clock.advance(200);
  t.equal(sent.length, 1);
});
