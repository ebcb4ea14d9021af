// Twilio asks a node that does not know the call: restarted, or another one behind the same balancer.

import t from 'tap';
import { startTestNode, until } from './support.js';
import { begin, hex, invite, openSocket, post } from './wire-call.js';

const SECRET = { RINGMASTER_STREAM_TOKEN_SECRET: 'a-secret-that-all-nodes-share' };

t.test('after its stream no call is greeted anew by another node (B8)', async (t) => {
  const [one, other] = await Promise.all([startTestNode(t, SECRET), startTestNode(t, SECRET)]);
  const { url, callSid, token, resumeUrl } = await invite(one);
  const socket = await openSocket(url);
  begin(socket, callSid, token);
  await until(() => one.stats().calls === 1);
  const elsewhere = `${other.url}${new URL(resumeUrl).pathname}${new URL(resumeUrl).search}`;
  const twiml = await post(elsewhere, { CallSid: callSid });
  t.notMatch(twiml, '<Stream');
  t.match(twiml, /<Say[^]*<Hangup\/>/);
  t.match(other.stats().unfinished, { calls: 0, inSetup: 0, unasked: 0 });
  t.match(await post(resumeUrl, { CallSid: callSid }), '<Stream', 'its own node goes on with it');
  socket.terminate();
});

t.test('a URL without a ticket, or with one of another call, opens no stream (B8)', async (t) => {
  const node = await startTestNode(t);
  const { resumeUrl } = await invite(node);
  const CallSid = `CA${hex()}`;
  for (const path of [resumeUrl, `${node.url}/twilio/voice/resume`, `${resumeUrl}x`]) {
    t.notMatch(await post(path, { CallSid }), '<Stream', path);
  }
  t.equal(node.stats().unfinished.inSetup, 1, 'no place is taken');
});

t.test('a stream that never started is tried again by its own node (B8)', async (t) => {
  const node = await startTestNode(t);
  const { callSid, resumeUrl } = await invite(node);
  t.match(await post(resumeUrl, { CallSid: callSid }), '<Stream');
  t.equal(node.stats().unfinished.inSetup, 1, 'in the same place');
});
