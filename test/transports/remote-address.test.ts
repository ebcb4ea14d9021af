import t from 'tap';
import { isLocalCaller, isLoopback, plainAddress } from '../../src/transports/remote-address.js';

t.test('addresses are given in one spelling', async (t) => {
  const cases: Record<string, string> = {
    '127.0.0.1': '127.0.0.1',
    '::ffff:127.0.0.1': '127.0.0.1',
    '::ffff:c000:0201': '192.0.2.1',
    '0000:0000:0000:0000:0000:ffff:7f00:0001': '127.0.0.1',
    '0000:0000:0000:0000:0000:0000:0000:0001': '::1',
    '2001:0DB8:0000:0000:0000:0000:0000:0001': '2001:db8::1',
    'fe80::1%eth0': 'fe80::1',
    '': '',
    unix: 'unix',
  };
  for (const [given, plain] of Object.entries(cases)) t.equal(plainAddress(given), plain, given);
});

t.test('loopback is 127.0.0.0/8 and ::1, nothing that looks like it', async (t) => {
  for (const yes of ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])
    t.ok(isLoopback(yes), yes);
  for (const no of [
    '128.0.0.1',
    '10.0.0.1',
    '::2',
    '::ffff:10.0.0.1',
    '127.evil.example',
    '',
    '1270.0.0.1',
  ]) {
    t.notOk(isLoopback(no), no);
  }
});

const headers = (values: Record<string, string>) => (name: string) => values[name];

t.test('a local caller comes from loopback and calls the node by a local name', async (t) => {
  t.ok(isLocalCaller('127.0.0.1', headers({})));
  for (const host of ['localhost', 'LOCALHOST:3000', '127.0.0.1:80', '[::1]:3000', '0.0.0.0:1']) {
    t.ok(isLocalCaller('::1', headers({ host })), host);
  }
  t.notOk(isLocalCaller('192.0.2.1', headers({ host: 'localhost' })));
});

t.test('what a tunnel or proxy on this machine forwards is not local', async (t) => {
  for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'cf-connecting-ip']) {
    t.notOk(isLocalCaller('127.0.0.1', headers({ host: 'localhost', [name]: '192.0.2.1' })), name);
  }
});

t.test('a foreign name that was rebound to loopback is not local', async (t) => {
  for (const host of [
    'evil.example',
    'evil.example:3000',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
  ]) {
    t.notOk(isLocalCaller('127.0.0.1', headers({ host })), host);
  }
});
