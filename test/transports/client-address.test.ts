import t from 'tap';
import { createClientAddress, isAddressOrNetwork } from '../../src/transports/client-address.js';

const from = (remoteAddress: string, forwarded?: string) => ({
  remoteAddress,
  header: (name: string) => (name === 'x-forwarded-for' ? forwarded : undefined),
  headerNames: () => [],
});

t.test('without trusted proxies the peer is the client, whatever it says (A6)', async (t) => {
  const clientOf = createClientAddress([]);
  t.equal(clientOf(from('10.0.0.7', '192.0.2.1')), '10.0.0.7');
});

t.test('a trusted proxy is believed, nobody else is (A6)', async (t) => {
  const clientOf = createClientAddress(['10.0.0.0/8', '127.0.0.1', 'fd00::/8']);
  t.equal(clientOf(from('10.0.0.7', '192.0.2.1')), '192.0.2.1');
  t.equal(clientOf(from('fd00::5', '2001:db8::1')), '2001:db8::1');
  t.equal(clientOf(from('198.51.100.1', '192.0.2.1')), '198.51.100.1');
});

t.test('of several entries the last that is no proxy counts (A6)', async (t) => {
  const clientOf = createClientAddress(['10.0.0.0/8']);
  t.equal(clientOf(from('10.0.0.7', '1.1.1.1, 192.0.2.1, 10.9.9.9')), '192.0.2.1');
  t.equal(clientOf(from('10.0.0.7', '10.1.1.1, 10.2.2.2')), '10.1.1.1', 'all are proxies');
  t.equal(clientOf(from('10.0.0.7', '192.0.2.1:4711')), '192.0.2.1');
  t.equal(clientOf(from('10.0.0.7', '[2001:DB8::1]:4711')), '2001:db8::1');
  t.equal(clientOf(from('10.0.0.7', '::ffff:192.0.2.1')), '192.0.2.1');
});

t.test('what is no address leaves the proxy as the client (A6)', async (t) => {
  const clientOf = createClientAddress(['10.0.0.0/8']);
  for (const forwarded of [undefined, '', 'unknown', '192.0.2.1, _hidden', '999.1.1.1', ',,,']) {
    t.equal(clientOf(from('10.0.0.7', forwarded)), '10.0.0.7', String(forwarded));
  }
  const endless = Array.from({ length: 5000 }, () => '10.1.1.1').join(',');
  t.equal(clientOf(from('10.0.0.7', endless)), '10.1.1.1');
});

t.test('addresses and networks are told from other words', async (t) => {
  for (const yes of ['10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8', '0.0.0.0/0']) {
    t.ok(isAddressOrNetwork(yes), yes);
  }
  for (const no of [
    '',
    'loopback',
    '10.0.0.0/33',
    '10.0.0.0/x',
    '10.0.0',
    '::/129',
    '1.1.1.1/8/8',
  ]) {
    t.notOk(isAddressOrNetwork(no), no);
  }
});
