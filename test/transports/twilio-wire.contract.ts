// Twilio's side of a call against a listening node, good and bad; run against each media server.

import { XMLParser } from 'fast-xml-parser';
import type { Test } from 'tap';
import twilio from 'twilio';
import type { CallInfo, CallSid } from '../../src/actors/ports.js';
import { createRoutes } from '../../src/transports/http-routes.js';
import { PendingConnections } from '../../src/transports/pending-connections.js';
import { createPublicUrl, listeningUrl, type PublicUrl } from '../../src/transports/public-url.js';
import type { ListenFunction } from '../../src/transports/server-contract.js';
import { createTwilioSignature } from '../../src/transports/twilio/signature.js';
import {
  createStreamEndpoint,
  type StreamEndpointOptions,
} from '../../src/transports/twilio/stream-endpoint.js';
import type { StreamSender } from '../../src/transports/twilio/stream-sink.js';
import { ResumeTickets } from '../../src/transports/twilio/resume-url.js';
import { StreamTokens } from '../../src/transports/twilio/stream-token.js';
import type { NextStep } from '../../src/transports/twilio/voice-routes.js';
import { DrivenClock } from './driven-clock.js';
import { FarEnd, RecordingSink } from './twilio/far-end.js';
import { seededRandom } from './twilio/random.js';
import {
  clientFrame,
  openPeer,
  rawConnection,
  refusedUpgrade,
  until,
  upgradeHead,
} from './wire-clients.js';

const AUTH_TOKEN = 'the auth token';

interface Document {
  Connect?: { Stream: { '@url': string; Parameter: { '@name': string; '@value': string } } };
  Redirect?: { '#text': string };
  Hangup?: unknown;
}

interface Started {
  readonly call: CallInfo;
  readonly sender: StreamSender;
  readonly sink: RecordingSink;
}

export function twilioWireContract(t: Test, listen: ListenFunction): void {
  const startNode = async (
    t: Test,
    {
      authTokens = [AUTH_TOKEN],
      publicUrl: configured,
      pending = new PendingConnections(),
      onStart,
    }: {
      authTokens?: string[];
      publicUrl?: PublicUrl;
      pending?: PendingConnections;
      onStart?: StreamEndpointOptions['onStart'];
    } = {},
  ) => {
    let here = createPublicUrl('http://127.0.0.1');
    const publicUrl = () => configured ?? here;
    const clock = new DrivenClock();
    const wall = { nowMs: Date.now() };
    const tokens = new StreamTokens({ ttlMs: 60_000, nowMs: () => wall.nowMs });
    const tickets = new ResumeTickets({ lifeMs: 60_000 });
    const signature = createTwilioSignature({ authTokens, publicUrl });
    const started: Started[] = [];
    const faults: unknown[] = [];
    const fault = (thrown: unknown) => void faults.push(thrown);
    const next: { step: NextStep } = { step: { type: 'resume' } };
    const endpoint = createStreamEndpoint({
      publicUrl,
      signature,
      tokens,
      clock,
      pending,
      onStart: (call, sender) => {
        const sink = new RecordingSink();
        // A real decoder would say the same.
        sink.onMedia = (payload) => /^[A-Za-z0-9+/]*={0,2}$/.test(payload);
        started.push({ call, sender, sink });
        return onStart?.(call, sender) ?? sink;
      },
    });
    const routes = createRoutes({
      publicUrl,
      signature,
      tokens,
      fault,
      tickets,
      abandon: () => undefined,
      admit: () => undefined,
      refusal: () => undefined,
      nextFor: () => next.step,
      onTerminalStatus: () => undefined,
      calls: { get: async () => undefined, list: async () => [] },
      notReady: () => [],
    });
    const server = await listen({
      host: '127.0.0.1',
      port: 0,
      maxMessageBytes: 64 * 1024,
      idleTimeoutMs: 60_000,
      maxRequestBodyBytes: 64 * 1024,
      maxBufferedBodyBytes: 8_388_608,
      maxConnections: 1000,
      requestTimeoutMs: 10_000,
      sendHighWaterBytes: 64 * 1024,
      sendLimitBytes: 1024 * 1024,
      fetch: (request, peer) => routes.fetch(request, peer),
      upgrade: endpoint.upgrade,
      fault,
    });
    t.teardown(() => server.close());
    here = listeningUrl(server.host, server.port);
    const http = `http://127.0.0.1:${server.port}`;
    const ws = `ws://127.0.0.1:${server.port}/twilio/media`;
    const sign = (url: string, form: Record<string, string> = {}) => ({
      'x-twilio-signature': twilio.getExpectedTwilioSignature(AUTH_TOKEN, url, form),
    });
    const streamUrl = () => publicUrl().stream('/twilio/media');

    const webhook = async (path: string, callSid: CallSid): Promise<Document> => {
      const form = { CallSid: callSid, CallStatus: 'ringing' };
      const response = await fetch(`${http}${path}`, {
        method: 'POST',
        body: new URLSearchParams(form),
        headers: sign(publicUrl().http(path), form),
      });
      const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '@' });
      return (parser.parse(await response.text()) as { Response: Document }).Response;
    };
    const connect = () => openPeer(ws, { headers: sign(streamUrl()) });
    /** All that Twilio does until a stream is started. */
    const call = async (far = new FarEnd()) => {
      const answer = await webhook('/twilio/voice', far.callSid);
      const token = answer.Connect?.Stream.Parameter['@value'] ?? '';
      const peer = await connect();
      const before = started.length;
      peer.socket.send(far.connected());
      peer.socket.send(far.start({ token }));
      await until(() => started.length > before, 'the stream started');
      return { far, peer, token, answer, ...(started.at(-1) as Started) };
    };
    const nothingLeft = async (t: Test): Promise<void> => {
      await until(
        () => endpoint.sessions.open === 0 && server.sockets === 0,
        `no socket is left of ${endpoint.sessions.open}`,
      );
      t.same(endpoint.sessions, { open: 0, started: 0 });
      t.equal(clock.pending, 0, 'no timer');
      t.equal(pending.addresses, 0, 'no address counted');
      wall.nowMs += 61_000;
      t.equal(tokens.remembered, 0, 'no token remembered');
    };

    return {
      server,
      http,
      ws,
      sign,
      streamUrl,
      webhook,
      connect,
      call,
      clock,
      tokens,
      endpoint,
      started,
      faults,
      next,
      nothingLeft,
      refused: endpoint.counts.refused,
    };
  };

  t.test('a call from its webhook to its end', async (t) => {
    const node = await startNode(t);
    const { far, peer, answer, sink, sender } = await node.call();
    t.equal(answer.Connect?.Stream['@url'], node.ws);
    peer.socket.send(far.media());
    peer.socket.send(far.dtmf('5'));
    await until(() => sink.log.length === 2, 'both arrived');
    t.equal(sender.media('AAEC'), 'sent');
    t.equal(sender.mark('g1:1'), 'sent');
    t.equal(sender.clear(), 'sent');
    await until(() => peer.received.length === 3, 'all arrived');
    t.same(
      peer.received.map((text) => JSON.parse(text) as unknown),
      [
        { event: 'media', streamSid: far.streamSid, media: { payload: 'AAEC' } },
        { event: 'mark', streamSid: far.streamSid, mark: { name: 'g1:1' } },
        { event: 'clear', streamSid: far.streamSid },
      ],
    );
    peer.socket.send(far.mark('g1:1'));
    peer.socket.send(far.stop());
    t.same(await peer.closed, { code: 1000, reason: '' });
    t.same(sink.log, ['media 20', 'dtmf 5', 'mark g1:1', 'ended stopped']);
    await node.nothingLeft(t);
    t.same(node.faults, []);
  });

  t.test('a call that we end goes on with the redirect, and hangs up', async (t) => {
    const node = await startNode(t);
    const { peer, answer, sender, sink, far } = await node.call();
    node.next.step = { type: 'hangup' };
    sender.close();
    t.equal((await peer.closed).code, 1000);
    t.same(sink.log, ['ended closed']);
    const redirect = new URL(answer.Redirect?.['#text'] ?? '');
    const after = await node.webhook(redirect.pathname + redirect.search, far.callSid);
    t.same(Object.keys(after), ['Hangup']);
    await node.nothingLeft(t);
  });

  t.test('a lost line comes back as a new stream of the same call', async (t) => {
    const node = await startNode(t);
    const { peer, sink, far } = await node.call();
    peer.socket.terminate();
    await until(() => sink.log.length > 0, 'the end is known');
    t.same(sink.log, ['ended lost']);
    const again = await node.webhook('/twilio/voice/resume?attempt=1', far.callSid);
    const token = again.Connect?.Stream.Parameter['@value'] ?? '';
    const second = await node.connect();
    const resumed = far.resumed();
    second.socket.send(resumed.start({ token }));
    await until(() => node.started.length === 2, 'it started');
    t.equal(node.started[1]?.call.callSid, far.callSid);
    t.equal(node.started[1]?.call.streamSid, resumed.streamSid);
    second.socket.close();
    await node.nothingLeft(t);
  });

  t.test('behind a proxy the configured URL is what is signed', async (t) => {
    const publicUrl = createPublicUrl('https://voice.example/n1');
    const node = await startNode(t, { publicUrl });
    const { answer, peer } = await node.call();
    t.equal(answer.Connect?.Stream['@url'], 'wss://voice.example/n1/twilio/media');
    peer.socket.close();
    const slash = await openPeer(`${node.ws}/`, {
      headers: node.sign('wss://voice.example:443/n1/twilio/media/'),
    });
    slash.socket.close();
    await node.nothingLeft(t);
  });

  t.test('a forged signature opens nothing', async (t) => {
    const node = await startNode(t);
    const forged = [
      {},
      { 'x-twilio-signature': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' },
      node.sign('http://127.0.0.1/twilio/media'),
      node.sign(node.streamUrl(), { extra: '1' }),
    ];
    for (const headers of forged) {
      const answer = await refusedUpgrade(node.ws, { headers });
      t.equal(answer.status, 403);
      t.match(JSON.parse(answer.body), { error: { code: 'SIGNATURE_INVALID' } });
    }
    const response = await fetch(`${node.http}/twilio/voice`, {
      method: 'POST',
      body: new URLSearchParams({ CallSid: new FarEnd().callSid }),
      headers: { 'x-twilio-signature': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' },
    });
    t.equal(response.status, 403);
    t.match(await response.json(), { error: { code: 'SIGNATURE_INVALID' } });
    t.equal(node.endpoint.counts.opened, 0);
  });

  t.test('without an auth token a phone on this machine is served', async (t) => {
    const node = await startNode(t, { authTokens: [] });
    const peer = await openPeer(node.ws);
    const far = new FarEnd();
    peer.socket.send(far.start({ token: node.tokens.issue(far.callSid) }));
    await until(() => node.started.length === 1, 'it started');
    peer.socket.close();
    const tunnelled = await refusedUpgrade(node.ws, {
      headers: { 'x-forwarded-for': '192.0.2.1' },
    });
    t.match(JSON.parse(tunnelled.body), { error: { code: 'NOT_LOOPBACK' } });
  });

  t.test('a token is good once, for its own call', async (t) => {
    const node = await startNode(t);
    const { far, token, peer } = await node.call();
    peer.socket.close();
    await peer.closed;
    const stranger = new FarEnd();
    const attempts: [FarEnd, Record<string, string>][] = [
      [far.resumed(), { token }],
      [stranger, { token: node.tokens.issue(new FarEnd().callSid) }],
      [stranger, { token: 'made.up.one' }],
      [stranger, {}],
    ];
    for (const [who, parameters] of attempts) {
      const bad = await node.connect();
      bad.socket.send(who.start(parameters));
      t.same(await bad.closed, { code: 1008, reason: 'STREAM_TOKEN_INVALID' });
    }
    t.equal(node.refused.STREAM_TOKEN_INVALID, 4);
    t.equal(node.started.length, 1);
    await node.nothingLeft(t);
  });

  t.test('a second stream of a call wins over the first, with a fresh token', async (t) => {
    const node = await startNode(t);
    const { far, sink, peer } = await node.call();
    const second = await node.connect();
    second.socket.send(far.start({ token: node.tokens.issue(far.callSid) }));
    t.same(await peer.closed, { code: 1008, reason: 'STREAM_CALL_DUPLICATE' });
    await until(() => sink.log.at(-1) === 'ended lost', 'the first is told');
    await until(() => node.started.length === 2, 'the second is there');
    second.socket.close();
    await node.nothingLeft(t);
  });

  t.test('a stranger who breaks the order is shown out', async (t) => {
    const node = await startNode(t);
    const far = new FarEnd();
    const cases: [string | Buffer, number, string][] = [
      [far.media(), 1008, 'STREAM_MEDIA_EARLY'],
      ['{"event":', 1007, 'STREAM_MESSAGE_INVALID'],
      [Buffer.from([1, 2]), 1003, 'STREAM_BINARY'],
      [far.start({}, { encoding: 'audio/l16' }), 1008, 'STREAM_FORMAT_UNSUPPORTED'],
    ];
    for (const [message, code, reason] of cases) {
      const peer = await node.connect();
      peer.socket.send(message);
      t.same(await peer.closed, { code, reason });
    }
    await node.nothingLeft(t);
  });

  t.test('who says nothing is shown out in time', async (t) => {
    const node = await startNode(t);
    const peers = await Promise.all([node.connect(), node.connect()]);
    await until(() => node.endpoint.sessions.open === 2, 'both are open');
    peers[0]?.socket.send(new FarEnd().connected());
    await until(() => node.clock.pending === 2, 'both are timed');
    node.clock.advance(5000);
    for (const peer of peers) {
      t.same(await peer.closed, { code: 1008, reason: 'STREAM_START_MISSING' });
    }
    await node.nothingLeft(t);
  });

  t.test('too many who say nothing are not let in', async (t) => {
    const pending = new PendingConnections({ perAddress: 1, loopback: 2 });
    const node = await startNode(t, { pending });
    const peers = await Promise.all([node.connect(), node.connect()]);
    await until(() => node.endpoint.sessions.open === 2, 'both are open');
    const answer = await refusedUpgrade(node.ws, { headers: node.sign(node.streamUrl()) });
    t.equal(answer.status, 429);
    for (const peer of peers) peer.socket.terminate();
    await until(() => node.endpoint.sessions.open === 0, 'both are gone');
    (await node.connect()).socket.terminate();
    await node.nothingLeft(t);
  });

  t.test('a started call survives nonsense, up to a point', async (t) => {
    const node = await startNode(t);
    const { far, peer, sink } = await node.call();
    peer.socket.send('{"event":');
    peer.socket.send(Buffer.from([1, 2, 3]));
    peer.socket.send(far.media('not base64!'));
    peer.socket.send('{"event":"new thing"}');
    peer.socket.send(far.media());
    await until(() => sink.log.includes('media 40'), 'the last arrived');
    t.equal(node.endpoint.counts.malformed, 3);
    for (let index = 0; index < 50; index += 1) peer.socket.send('nonsense');
    t.same(await peer.closed, { code: 1007, reason: 'STREAM_MESSAGE_INVALID' });
    t.equal(sink.log.at(-1), 'ended lost');
    await node.nothingLeft(t);
  });

  t.test('an oversized message ends the stream and is counted', async (t) => {
    const node = await startNode(t);
    const { peer, sink, far } = await node.call();
    peer.socket.send(far.media('A'.repeat(70_000)));
    await peer.closed;
    await until(() => sink.log.length > 0, 'the end is known');
    t.same(sink.log, ['ended lost']);
    t.equal(node.refused.STREAM_MESSAGE_TOO_LARGE, 1);
    await node.nothingLeft(t);
  });

  t.test('a media path that throws costs one call', async (t) => {
    const node = await startNode(t, {
      onStart: (call) => {
        if (node.started.length === 1) throw new Error('bug');
        return Object.assign(new RecordingSink(), { call });
      },
    });
    const far = new FarEnd();
    const bad = await node.connect();
    bad.socket.send(far.start({ token: node.tokens.issue(far.callSid) }));
    t.equal((await bad.closed).code, 1006);
    t.match(node.faults, [{ message: 'bug' }]);
    const good = new FarEnd();
    const peer = await node.connect();
    peer.socket.send(good.start({ token: node.tokens.issue(good.callSid) }));
    await until(() => node.endpoint.has(good.callSid), 'the next call is taken');
    peer.socket.close();
    await node.nothingLeft(t);
  });

  t.test('sockets that end at every stage and in every way leave nothing behind', async (t) => {
    const node = await startNode(t);
    const random = seededRandom(7);
    const headers = () => [
      `X-Twilio-Signature: ${node.sign(node.streamUrl())['x-twilio-signature']}`,
    ];
    const text = (message: string) => clientFrame(0x81, Buffer.from(message));

    const ugly = async (index: number): Promise<void> => {
      const { socket, ended, text: answer } = await rawConnection(node.server.port);
      let over = false;
      void ended.then(() => (over = true));
      const far = new FarEnd();
      const token = node.tokens.issue(far.callSid);
      const head = upgradeHead('/twilio/media', headers());
      const writes: (string | Buffer)[] = [
        index % 9 === 0 ? head.slice(0, Math.floor(random() * head.length)) : head,
        text(far.connected()),
        text(far.start({ token })),
        text(far.media()),
        text(far.dtmf('1')),
        [
          text('{"event":'),
          clientFrame(0x82, Buffer.from([1])),
          text(far.media()).subarray(0, 20),
          Buffer.from([0xff, 0xff, 0xff, 0xff]),
          clientFrame(0x81, Buffer.alloc(3, 0xff)),
          clientFrame(0x88, Buffer.from([0x03, 0xe8])),
          clientFrame(0x88, Buffer.from([0xff])),
          text(far.start({ token })),
          text(far.stop()),
        ][index % 9] ?? '',
      ];
      const stages = Math.floor(random() * (writes.length + 1));
      for (const write of writes.slice(0, stages)) {
        socket.write(write);
        // Most wait for the handshake, as Twilio does; some talk into it.
        const polite = write === head && random() < 0.8;
        if (polite) await until(() => over || answer() !== '', 'the handshake is answered');
        else if (random() < 0.5) await new Promise(setImmediate);
      }
      if (random() < 0.3) await new Promise((resolve) => setTimeout(resolve, random() * 10));
      if (random() < 0.4) socket.resetAndDestroy();
      else if (random() < 0.5) socket.destroy();
      else socket.end();
      // What was only half closed from here is closed from there, or by what it said last.
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 50))]);
      socket.destroy();
    };

    for (let round = 0; round < 10; round += 1) {
      await Promise.all(Array.from({ length: 30 }, (_, index) => ugly(round * 30 + index)));
    }
    t.ok(node.endpoint.counts.opened > 100, `${node.endpoint.counts.opened} were opened`);
    t.ok(node.started.length > 30, `${node.started.length} were started`);
    await node.nothingLeft(t);
    for (const { sink } of node.started) {
      const ends = sink.log.filter((entry) => entry.startsWith('ended'));
      if (ends.length !== 1 || !sink.log.at(-1)?.startsWith('ended')) t.fail(sink.log.join(', '));
    }
    const { opened, started, stopped, closed, lost } = node.endpoint.counts;
    t.equal(started, stopped + closed + lost);
    t.ok(opened >= started);
    t.same(node.faults, []);
    const { peer } = await node.call();
    peer.socket.close();
    await node.nothingLeft(t);
  });
}
