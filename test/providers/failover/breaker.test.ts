import { mock } from 'node:test';
import t from 'tap';
import { Breaker } from '../../../src/providers/failover/breaker.js';

const never = new AbortController().signal;

/** A breaker of three failures, a first pause of 1 s and a driven clock. */
function driven() {
  let nowMs = 0;
  const breaker = new Breaker('engine', {
    failures: 3,
    pauseMs: 1000,
    maxPauseMs: 4000,
    nowMs: () => nowMs,
  });
  const fail = (times = 3) => {
    for (let i = 0; i < times; i += 1) breaker.enter()?.failed();
  };
  const advance = (ms: number) => {
    nowMs += ms;
    mock.timers.tick(ms);
  };
  return { breaker, fail, advance };
}

t.beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
t.afterEach(() => mock.timers.reset());

t.test('it opens after so many failures in a row, of whatever calls (C10)', async (t) => {
  const { breaker, fail } = driven();
  fail(2);
  breaker.enter()?.succeeded();
  fail(2);
  t.equal(breaker.state, 'closed');
  fail(1);
  t.equal(breaker.state, 'open');
  t.equal(breaker.enter(), undefined);
});

t.test('after its pause one request goes through, and decides for all', async (t) => {
  const { breaker, fail, advance } = driven();
  fail();
  advance(1000);
  t.equal(breaker.state, 'half-open');
  const probe = breaker.enter();
  t.ok(probe);
  t.equal(breaker.enter(), undefined, 'one at a time');
  probe?.succeeded();
  t.equal(breaker.state, 'closed');
});

t.test('each request that fails after a pause doubles the next one, to a limit', async (t) => {
  const { breaker, fail, advance } = driven();
  fail();
  for (const pauseMs of [1000, 2000, 4000, 4000]) {
    advance(pauseMs - 1);
    t.equal(breaker.state, 'open', `${pauseMs} ms are not over`);
    advance(1);
    breaker.enter()?.failed();
  }
  advance(4000);
  breaker.enter()?.succeeded();
  fail();
  advance(1000);
  t.equal(breaker.state, 'half-open', 'a success begins anew');
});

t.test('a probe that is given up lets the next one through', async (t) => {
  const { breaker, fail, advance } = driven();
  fail();
  advance(1000);
  breaker.enter()?.abandoned();
  t.ok(breaker.enter());
});

t.test('a ticket reports once', async (t) => {
  const { breaker } = driven();
  const ticket = breaker.enter();
  for (let i = 0; i < 9; i += 1) ticket?.failed();
  ticket?.succeeded();
  t.equal(breaker.state, 'closed');
  t.equal(breaker.failures, 1);
});

t.test('a server that asks to be left alone is, at once and for so long (C10)', async (t) => {
  const { breaker, advance } = driven();
  breaker.enter()?.failed(3000);
  t.equal(breaker.state, 'open');
  advance(2999);
  t.equal(breaker.state, 'open');
  advance(1);
  t.equal(breaker.state, 'half-open');
});

t.test('who may wait gets through when the pause is over', async (t) => {
  const { breaker, fail, advance } = driven();
  fail();
  let isThrough = false;
  const entering = breaker.enterWithin(1500, never).then(() => (isThrough = true));
  advance(999);
  await Promise.resolve();
  t.notOk(isThrough);
  advance(1);
  await entering;
  t.ok(isThrough);
});

t.test('of many who wait one goes, and the others hear what became of it', async (t) => {
  const { breaker, fail, advance } = driven();
  fail();
  const tickets = [1, 2, 3].map(() => breaker.enterWithin(3000, never));
  advance(1000);
  const probe = await Promise.race(tickets);
  t.equal(breaker.isPassable, false);
  probe.succeeded();
  t.equal((await Promise.all(tickets)).length, 3);
});

t.test('who waits too long, or is given up, is refused by code', async (t) => {
  const { breaker, fail, advance } = driven();
  fail();
  const late = breaker.enterWithin(500, never);
  const abort = new AbortController();
  const stopped = breaker.enterWithin(5000, abort.signal);
  advance(500);
  await t.rejects(late, { code: 'PROVIDER_UNAVAILABLE', message: /engine failed 3 times/ });
  abort.abort();
  await t.rejects(stopped, { code: 'PROVIDER_UNAVAILABLE' });
  t.equal(breaker.refused, 2);
});
