import t from 'tap';
import type { CallSid } from '../../../src/actors/ports.js';
import { StreamTokens } from '../../../src/transports/twilio/stream-token.js';

const CALL = `CA${'1'.repeat(32)}` as CallSid;
const OTHER = `CA${'2'.repeat(32)}` as CallSid;

t.test('a token is good once, for its call', async (t) => {
  const tokens = new StreamTokens();
  const token = tokens.issue(CALL);
  t.equal(tokens.redeem(token, OTHER), 'forged');
  t.equal(tokens.redeem(token, CALL), 'ok');
  t.equal(tokens.redeem(token, CALL), 'used');
});

t.test('each token of a call is its own', async (t) => {
  const tokens = new StreamTokens();
  const [first, second] = [tokens.issue(CALL), tokens.issue(CALL)];
  t.not(first, second);
  t.equal(tokens.redeem(second, CALL), 'ok');
  t.equal(tokens.redeem(first, CALL), 'ok');
});

t.test('a token fits into a parameter and needs no escaping', async (t) => {
  t.match(new StreamTokens().issue(CALL), /^[\w.-]{40,120}$/);
});

t.test('a token ends when its time is over', async (t) => {
  let nowMs = 1e12;
  const tokens = new StreamTokens({ ttlMs: 1000, nowMs: () => nowMs });
  const token = tokens.issue(CALL);
  nowMs += 999;
  const late = tokens.issue(CALL);
  t.equal(tokens.redeem(token, CALL), 'ok');
  nowMs += 1000;
  t.equal(tokens.redeem(late, CALL), 'expired');
});

t.test('a token that was altered anywhere is refused', async (t) => {
  const tokens = new StreamTokens();
  const token = tokens.issue(CALL);
  for (let at = 0; at < token.length - 1; at += 1) {
    const other = token[at] === 'a' ? 'b' : 'a';
    const altered = token.slice(0, at) + other + token.slice(at + 1);
    t.match(tokens.redeem(altered, CALL), /^(forged|malformed)$/, `character ${at}`);
  }
  for (const text of ['', '.', 'a.b.c', `${token}x`, token.slice(1), token.replaceAll('.', '')]) {
    t.match(tokens.redeem(text, CALL), /^(forged|malformed)$/, text);
  }
  t.equal(tokens.redeem(token, CALL), 'ok', 'the true one is still good');
});

t.test('another process has another key', async (t) => {
  t.equal(new StreamTokens().redeem(new StreamTokens().issue(CALL), CALL), 'forged');
});

t.test('nodes with a common secret check each other', async (t) => {
  const [a, b] = [new StreamTokens({ secret: 's' }), new StreamTokens({ secret: 's' })];
  t.equal(b.redeem(a.issue(CALL), CALL), 'ok');
  t.equal(new StreamTokens({ secret: 'x' }).redeem(a.issue(CALL), CALL), 'forged');
});

t.test('a node whose clock is far ahead cannot make tokens that live on', async (t) => {
  const nowMs = 1e12;
  const ahead = new StreamTokens({ secret: 's', ttlMs: 1000, nowMs: () => nowMs + 3_600_000 });
  const here = new StreamTokens({ secret: 's', ttlMs: 1000, nowMs: () => nowMs });
  t.equal(here.redeem(ahead.issue(CALL), CALL), 'expired');
});

t.test('used tokens are forgotten when they have expired', async (t) => {
  let nowMs = 1e12;
  const tokens = new StreamTokens({ ttlMs: 1000, nowMs: () => nowMs });
  for (let index = 0; index < 100; index += 1) {
    t.equal(tokens.redeem(tokens.issue(CALL), CALL), 'ok');
    nowMs += 10;
  }
  t.ok(tokens.remembered <= 100);
  nowMs += 1000;
  t.equal(tokens.remembered, 0);
});

t.test('beyond its bound the memory takes no more, rather than to accept a repeat', async (t) => {
  let nowMs = 1e12;
  const tokens = new StreamTokens({ ttlMs: 1000, maxUsed: 2, nowMs: () => nowMs });
  const first = tokens.issue(CALL);
  t.equal(tokens.redeem(first, CALL), 'ok');
  t.equal(tokens.redeem(tokens.issue(CALL), CALL), 'ok');
  t.equal(tokens.redeem(tokens.issue(CALL), CALL), 'too-many-used');
  t.equal(tokens.redeem(first, CALL), 'used');
  nowMs += 1000;
  t.equal(tokens.redeem(tokens.issue(CALL), CALL), 'ok');
});

t.test('what is not used up costs no memory', async (t) => {
  const tokens = new StreamTokens();
  for (let index = 0; index < 100; index += 1) tokens.redeem(tokens.issue(CALL), OTHER);
  t.equal(tokens.remembered, 0);
});
