import t from 'tap';
import type { MediaNode } from '../../src/main.js';
import { startTestNode, until } from './support.js';
import { begin, hex, invite, media, openSocket, post } from './wire-call.js';

const isBusy = (twiml: string): boolean => twiml.includes('<Reject reason="busy"/>');
const isStream = (twiml: string): boolean => twiml.includes('<Stream ');

const knock = (node: MediaNode, callSid = `CA${hex()}`): Promise<string> =>
  post(`${node.url}/twilio/voice`, { CallSid: callSid, CallStatus: 'ringing' });

async function runningCall(node: MediaNode): Promise<() => void> {
  const { url, callSid, token } = await invite(node);
  const socket = await openSocket(url);
  const streamSid = begin(socket, callSid, token);
  socket.send(media(streamSid, 1));
  return () => socket.terminate();
}

t.test('ten webhooks in a second for the last place: one stream, nine busy (B7)', async (t) => {
  const node = await startTestNode(t, { RINGMASTER_MAX_CALLS: '4' });
  const ends = await Promise.all([runningCall(node), runningCall(node), runningCall(node)]);
  await until(() => node.stats().calls === 3);
  const answers = await Promise.all(Array.from({ length: 10 }, () => knock(node)));
  t.equal(answers.filter(isStream).length, 1);
  t.equal(answers.filter(isBusy).length, 9);
  t.match(node.stats().unfinished, { calls: 3, inSetup: 1 });
  t.equal((await fetch(`${node.url}/readyz`)).status, 503, 'a balancer is told too');
  for (const end of ends) end();
});

t.test('a webhook that Twilio repeats takes no second place (B7)', async (t) => {
  const node = await startTestNode(t, { RINGMASTER_MAX_CALLS: '2' });
  const callSid = `CA${hex()}`;
  const answers = [
    await knock(node, callSid),
    await knock(node, callSid),
    await knock(node, callSid),
  ];
  t.ok(answers.every(isStream));
  t.equal(node.stats().unfinished.inSetup, 1);
  t.ok(isStream(await knock(node)), 'the other place is free');
  t.ok(isBusy(await knock(node)));
  t.ok(isStream(await knock(node, callSid)), 'and a full node repeats its promise');
});

t.test('a call that ends before its stream gives its place back (B7)', async (t) => {
  const node = await startTestNode(t, { RINGMASTER_MAX_CALLS: '1' });
  const callSid = `CA${hex()}`;
  t.ok(isStream(await knock(node, callSid)));
  t.ok(isBusy(await knock(node)));
  await post(`${node.url}/twilio/status`, { CallSid: callSid, CallStatus: 'canceled' });
  t.equal(node.stats().unfinished.inSetup, 0);
  t.ok(isStream(await knock(node)));
});

t.test('a stream that never comes gives its place back after its time (B7)', async (t) => {
  const node = await startTestNode(t, {
    RINGMASTER_MAX_CALLS: '1',
    RINGMASTER_RESERVATION_MS: '1000',
  });
  t.ok(isStream(await knock(node)));
  t.ok(isBusy(await knock(node)));
  await until(() => node.stats().unfinished.inSetup === 0);
  t.ok(isStream(await knock(node)));
});

t.test('the promised stream starts on a node that is full of promises (B7)', async (t) => {
  const node = await startTestNode(t, { RINGMASTER_MAX_CALLS: '3' });
  const invitations = await Promise.all([invite(node), invite(node), invite(node)]);
  t.ok(isBusy(await knock(node)));
  const sockets = [];
  for (const { url, callSid, token } of invitations) {
    const socket = await openSocket(url);
    begin(socket, callSid, token);
    sockets.push(socket);
  }
  await until(() => node.stats().calls === 3);
  t.match(node.stats().unfinished, { calls: 3, inSetup: 0 });
  for (const socket of sockets) socket.terminate();
});
