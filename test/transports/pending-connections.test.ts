import t from 'tap';
import { PendingConnections } from '../../src/transports/pending-connections.js';

t.test('an address is held at its limit, others are not', async (t) => {
  const pending = new PendingConnections({ perAddress: 3, loopback: 100 });
  const remove = [1, 2, 3].map(() => pending.add('192.0.2.1'));
  t.notOk(pending.hasRoom('192.0.2.1'));
  t.ok(pending.hasRoom('192.0.2.2'));
  remove[0]?.();
  t.ok(pending.hasRoom('192.0.2.1'));
});

t.test('taking out twice counts once', async (t) => {
  const pending = new PendingConnections({ perAddress: 2, loopback: 100 });
  const first = pending.add('192.0.2.1');
  pending.add('192.0.2.1');
  first();
  first();
  pending.add('192.0.2.1');
  t.notOk(pending.hasRoom('192.0.2.1'));
});

t.test('nothing is kept of an address without sockets', async (t) => {
  const pending = new PendingConnections();
  const remove = Array.from({ length: 50 }, (_, index) => pending.add(`192.0.2.${index}`));
  t.equal(pending.addresses, 50);
  for (const each of remove) each();
  t.equal(pending.addresses, 0);
});

t.test('this machine has a higher limit of its own', async (t) => {
  const pending = new PendingConnections({ perAddress: 1, loopback: 3 });
  for (let index = 0; index < 3; index += 1) {
    t.ok(pending.hasRoom('127.0.0.1'));
    pending.add('127.0.0.1');
  }
  t.notOk(pending.hasRoom('127.0.0.1'));
});

t.test('addresses of one IPv6 network count as one', async (t) => {
  const pending = new PendingConnections({ perAddress: 1, loopback: 1 });
  pending.add('2001:db8:1:2::1');
  t.notOk(pending.hasRoom('2001:db8:1:2:ffff::9'));
  t.notOk(pending.hasRoom('2001:db8:1:2:3:4:5:6'));
  t.ok(pending.hasRoom('2001:db8:1:3::1'));
  t.ok(pending.hasRoom('2001:db8::1'));
  pending.add('2001:db8::1');
  t.notOk(pending.hasRoom('2001:db8:0:0:1::'));
});
