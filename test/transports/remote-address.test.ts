import t from 'tap';
import type { Caller } from '../../src/transports/caller.js';
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

const from = (remoteAddress: string, headers: Record<string, string>): Caller => ({
  remoteAddress,
  header: (name) => headers[name],
  headerNames: () => Object.keys(headers),
});

t.test('a local caller comes from loopback and calls the node by a local name', async (t) => {
  for (const host of ['localhost', 'LOCALHOST:3000', '127.0.0.1:80', '127.8.9.1', '[::1]:3000']) {
    t.ok(isLocalCaller(from('::1', { host })), host);
  }
  t.notOk(isLocalCaller(from('192.0.2.1', { host: 'localhost' })));
});

t.test('what a tunnel or proxy on this machine forwards is not local (A3)', async (t) => {
  for (const name of [
    'x-forwarded-for',
    'x-forwarded-proto',
    'x-forwarded-host',
    'x-forwarded-prefix',
    'forwarded',
    'x-real-ip',
    'via',
    'cf-connecting-ip',
    'cf-ray',
    'cdn-loop',
    'true-client-ip',
    'x-original-host',
    'x-envoy-external-address',
    'x-amzn-trace-id',
    'tailscale-user-login',
    'fly-client-ip',
    'x-forward-for',
    'x-real-host',
    'x-request-id',
    'x-correlation-id',
    'x-ssl-client-verify',
    'surrogate-capability',
    'x-zrok-share',
  ]) {
    const caller = from('127.0.0.1', { host: 'localhost', [name]: '' });
    t.notOk(isLocalCaller(caller), name);
  }
});

t.test('a foreign name that was rebound to loopback is not local, nor is none (A3)', async (t) => {
  for (const host of [
    'evil.example',
    'evil.example:3000',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    // Browsers of some systems take it for this machine; nobody who means well writes it.
    '0.0.0.0:8080',
    '[::]:8080',
    'localhost, evil.example',
    '',
  ]) {
    t.notOk(isLocalCaller(from('127.0.0.1', { host })), host);
  }
  t.notOk(isLocalCaller(from('127.0.0.1', {})), 'without a Host');
});

t.test('what a page of another origin sends is not local (A4)', async (t) => {
  const host = 'localhost:8080';
  const own: Record<string, string>[] = [
    { origin: 'http://localhost:8080' },
    { origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { referer: 'http://localhost:8080/calls' },
  ];
  for (const headers of own) t.ok(isLocalCaller(from('::1', { host, ...headers })));
  const foreign: Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: '' },
    { origin: 'http://localhost:3000' },
    { origin: 'http://localhost' },
    { origin: 'http://localhost:8080, https://evil.example' },
    { origin: 'http://localhost:8080@evil.example' },
    { origin: 'file://' },
    { referer: 'https://evil.example/page' },
    { referer: 'http://localhost:3000/' },
    { referer: 'http://localhost:8080@evil.example/' },
    { referer: '' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'same-origin, cross-site' },
    { 'sec-fetch-site': 'SAME-SITE' },
    { 'sec-fetch-site': '' },
  ];
  for (const headers of foreign) {
    t.notOk(isLocalCaller(from('::1', { host, ...headers })), JSON.stringify(headers));
  }
});
