import t, { type Test } from 'tap';
import type { CallAction } from '../../src/actors/ports.js';
import type { MediaNode } from '../../src/main.js';
import { machineNetwork } from '../../src/phone/machine-network.js';
import type { PhoneNetwork } from '../../src/phone/network.js';
import { createScriptedAgent } from '../../src/providers/scripted/agent.js';
import { callNode, startTestNode, until } from './support.js';
import { begin, invite, media, openSocket, post } from './wire-call.js';

/** Twilio takes its time to ask how the call goes on. */
function slowToAsk(ms: number, onAsked: () => void = () => undefined): PhoneNetwork {
  const network = machineNetwork({});
  return {
    connect: (...args) => network.connect(...args),
    request: async (request) => {
      if (!request.url.includes('/resume')) return network.request(request);
      await new Promise((resolve) => setTimeout(resolve, ms));
      onAsked();
      return network.request(request);
    },
  };
}

const endingAgent = (action: CallAction) =>
  createScriptedAgent({ answers: () => ({ text: 'One moment please.', action }) });

async function nodeThatEnds(
  t: Test,
  action: CallAction,
  environment: Record<string, string> = {},
): Promise<MediaNode> {
  return startTestNode(t, environment, { providers: { agent: endingAgent(action) } });
}

for (const [what, action, expected] of [
  [
    'a transfer',
    { type: 'transfer', to: '+15550123' },
    { outcome: 'transferred', transferredTo: ['+15550123'] },
  ],
  ['a goodbye', { type: 'hangup' }, { outcome: 'node-hung-up' }],
] as const) {
  t.test(`a node that stops just before ${what} stays until Twilio asked (B4)`, async (t) => {
    const node = await nodeThatEnds(t, action);
    const call = callNode(node, (caller) => caller.waitForEnd(), { network: slowToAsk(700) });
    await until(() => node.stats().unfinished.unasked === 1);
    const report = await node.drain(20_000);
    await node.close();
    t.match(report, { toldToEnd: 0, unasked: 0 });
    t.match(await call.finished, expected);
  });
}

t.test('a transfer that is still being said is dialled by the node that drains (B4)', async (t) => {
  const node = await nodeThatEnds(t, { type: 'transfer', to: '+15550123' });
  const call = callNode(node, (caller) => caller.waitForEnd(), { network: slowToAsk(300) });
  await until(() => node.stats().calls === 1);
  await node.drain(20_000);
  await node.close();
  t.match(await call.finished, { outcome: 'transferred', transferredTo: ['+15550123'] });
});

t.test('Twilio that does not ask is waited for no longer than the setting says (B4)', async (t) => {
  const node = await nodeThatEnds(t, { type: 'hangup' }, { RINGMASTER_ENDING_ASK_MS: '300' });
  const call = callNode(node, (caller) => caller.waitForEnd(), { network: slowToAsk(3000) });
  await until(() => node.stats().unfinished.unasked === 1);
  const sinceMs = performance.now();
  await node.drain(20_000);
  t.ok(performance.now() - sinceMs < 2000);
  t.match(node.stats().unfinished, { calls: 0, inSetup: 0, unasked: 0 });
  call.hangUp();
  await call.finished;
});

t.test('calls in their setup are let in while the node drains, and waited for (B4)', async (t) => {
  const node = await startTestNode(t);
  const { url, callSid, token } = await invite(node);
  let isDrained = false;
  const drained = node.drain(20_000).then(() => (isDrained = true));
  t.match(await post(`${node.url}/twilio/voice`, { CallSid: `CA${'0'.repeat(32)}` }), /Reject/);
  const socket = await openSocket(url);
  const streamSid = begin(socket, callSid, token);
  socket.send(media(streamSid, 1));
  await until(() => node.stats().calls === 1);
  t.equal(isDrained, false);
  await post(`${node.url}/twilio/status`, { CallSid: callSid, CallStatus: 'completed' });
  await drained;
  t.match(node.stats().unfinished, { calls: 0, inSetup: 0, unasked: 0 });
});

t.test('a call in setup that never comes does not hold the node for ever (B4)', async (t) => {
  const node = await startTestNode(t, { RINGMASTER_RESERVATION_MS: '1000' });
  await invite(node);
  t.match(await node.drain(20_000), { toldToEnd: 0, unasked: 0 });
});

t.test('calls that do not end in time are told to, and Twilio is answered (B4)', async (t) => {
  const node = await startTestNode(t);
  const call = callNode(node, (caller) => caller.waitForEnd(), { network: slowToAsk(300) });
  await until(() => node.stats().playback.framesSent > 0);
  t.match(await node.drain(100), { toldToEnd: 1, unasked: 0 });
  await node.close();
  t.match(await call.finished, { outcome: 'node-hung-up' });
});
