import t from 'tap';
import type { CallInfo, CallSid } from '../../../src/actors/ports.js';
import type { ErrorCode } from '../../../src/errors.js';
import { PendingConnections } from '../../../src/transports/pending-connections.js';
import { createPublicUrl } from '../../../src/transports/public-url.js';
import {
  CLOSE_IDLE,
  CLOSE_TOO_LARGE,
  type MediaSocket,
  type SocketHandler,
} from '../../../src/transports/server-contract.js';
import { createTwilioSignature } from '../../../src/transports/twilio/signature.js';
import {
  createStreamEndpoint,
  type StreamEndpointOptions,
} from '../../../src/transports/twilio/stream-endpoint.js';
import type { StreamSender, StreamSink } from '../../../src/transports/twilio/stream-sink.js';
import { StreamTokens } from '../../../src/transports/twilio/stream-token.js';
import { DrivenClock } from '../driven-clock.js';
import { FarEnd, RecordingSink } from './far-end.js';

/** A socket without a network; keeps the contract's order of events. */
class FakeSocket implements MediaSocket {
  static ids = 0;
  readonly id = (FakeSocket.ids += 1);
  readonly remoteAddress: string;
  readonly sent: string[] = [];
  ended: { code: number; reason: string } | undefined;
  handler: SocketHandler | undefined;
  verdict: 'sent' | 'backpressure' = 'sent';

  constructor(remoteAddress: string) {
    this.remoteAddress = remoteAddress;
  }
  send(text: string): 'sent' | 'backpressure' | 'dropped' {
    if (this.ended !== undefined) return 'dropped';
    this.sent.push(text);
    return this.verdict;
  }
  bufferedBytes(): number {
    return 17;
  }
  end(code: number, reason: string): void {
    if (this.ended !== undefined) return;
    this.ended = { code, reason };
    queueMicrotask(() => this.handler?.close(code));
  }
  destroy(): void {
    this.end(1006, '');
  }
  /** The peer goes away. */
  hangUp(code = 1006): void {
    if (this.ended !== undefined) return;
    this.ended = { code, reason: 'by the peer' };
    this.handler?.close(code);
  }
}

function setup(changes: Partial<StreamEndpointOptions> = {}) {
  const clock = new DrivenClock();
  const tokens = new StreamTokens();
  const pending = new PendingConnections();
  const publicUrl = () => createPublicUrl('http://127.0.0.1:3000');
  const started: { call: CallInfo; sender: StreamSender; sink: RecordingSink }[] = [];
  const endpoint = createStreamEndpoint({
    publicUrl,
    signature: createTwilioSignature({ authTokens: [], publicUrl }),
    tokens,
    pending,
    clock,
    onStart: (call, sender) => {
      const sink = new RecordingSink();
      started.push({ call, sender, sink });
      return sink;
    },
    ...changes,
  });
  const open = (remoteAddress = '127.0.0.1'): FakeSocket => {
    const answer = endpoint.upgrade({
      url: '/twilio/media',
      remoteAddress,
      header: (name: string) => (name === 'host' ? '127.0.0.1:3000' : undefined),
      headerNames: () => ['host'],
    });
    if (!answer.accept) throw new Error(answer.body);
    const socket = new FakeSocket(remoteAddress);
    socket.handler = answer.open(socket);
    return socket;
  };
  const say = (socket: FakeSocket, ...messages: string[]): void => {
    for (const message of messages) socket.handler?.message(message);
  };
  /** A started call. */
  const call = (far = new FarEnd()) => {
    const socket = open();
    say(socket, far.connected(), far.start({ token: tokens.issue(far.callSid) }));
    const last = started.at(-1);
    if (last === undefined) throw new Error('not started');
    return { far, socket, ...last, say: (...messages: string[]) => say(socket, ...messages) };
  };
  const refused = (code: ErrorCode) => endpoint.counts.refused[code];
  return { endpoint, clock, tokens, pending, started, open, say, call, refused };
}

const tick = () => new Promise<void>(queueMicrotask);

t.test('a stream that starts', async (t) => {
  t.test(
    'becomes a call with what is known of it, without the node’s own parameters',
    async (t) => {
      const { open, say, tokens, started, endpoint, clock, pending } = setup();
      const far = new FarEnd();
      const socket = open();
      t.equal(clock.pending, 1);
      const token = tokens.issue(far.callSid);
      say(
        socket,
        far.connected(),
        far.start({ token, from: '+1555', to: '+1666', tenant: 'acme' }),
      );
      t.same(started[0]?.call, {
        callSid: far.callSid,
        streamSid: far.streamSid,
        from: '+1555',
        to: '+1666',
        parameters: { tenant: 'acme' },
      });
      t.same(endpoint.sessions, { open: 1, started: 1 });
      t.ok(endpoint.has(far.callSid));
      t.equal(clock.pending, 0, 'the start timer is gone');
      t.equal(pending.addresses, 0, 'it does not wait any more');
    },
  );

  t.test('may leave out connected and what is optional', async (t) => {
    const { open, say, tokens, started } = setup();
    const far = new FarEnd();
    say(open(), far.start({ token: tokens.issue(far.callSid) }));
    t.same(started[0]?.call, {
      callSid: far.callSid,
      streamSid: far.streamSid,
      parameters: {},
    });
  });

  t.test('hands media, marks and digits on, each at once', async (t) => {
    const { call, clock } = setup();
    const { far, sink, say } = call();
    clock.advance(5);
    const media = far.media();
    say(media, far.mark('g1:end'), far.dtmf('5'), far.media());
    t.same(sink.log, ['media 20', 'mark g1:end', 'dtmf 5', 'media 40']);
    t.equal(sink.arrivals[0], 1005);
    t.equal(sink.payloads[0], (JSON.parse(media) as { media: { payload: string } }).media.payload);
  });

  t.test('can be sent to', async (t) => {
    const { call } = setup();
    const { far, sender, socket } = call();
    t.equal(sender.media('AAEC'), 'sent');
    t.equal(sender.mark('g1:"x"'), 'sent');
    socket.verdict = 'backpressure';
    t.equal(sender.clear(), 'backpressure');
    t.equal(sender.bufferedBytes(), 17);
    t.same(
      socket.sent.map((text) => JSON.parse(text) as unknown),
      [
        { event: 'media', streamSid: far.streamSid, media: { payload: 'AAEC' } },
        { event: 'mark', streamSid: far.streamSid, mark: { name: 'g1:"x"' } },
        { event: 'clear', streamSid: far.streamSid },
      ],
    );
  });

  t.test('tells of room in the send buffer', async (t) => {
    const { call } = setup();
    const { socket, sink } = call();
    socket.handler?.drain();
    t.same(sink.log, ['drain']);
  });
});

t.test('a stream ends', async (t) => {
  const cases: [string, (c: ReturnType<ReturnType<typeof setup>['call']>) => void, string][] = [
    ['stopped by Twilio', ({ say, far }) => say(far.stop()), 'stopped'],
    ['lost with its socket', ({ socket }) => socket.hangUp(), 'lost'],
    ['lost with a clean close of the peer', ({ socket }) => socket.hangUp(1000), 'lost'],
    ['closed by us', ({ sender }) => sender.close(), 'closed'],
  ];
  for (const [name, end, how] of cases) {
    t.test(`${name}: told once, last, and nothing is left`, async (t) => {
      const { call, endpoint, clock, pending } = setup();
      const one = call();
      end(one);
      one.sender.close();
      one.say(one.far.media(), one.far.mark('late'), one.far.stop());
      await tick();
      one.socket.hangUp();
      t.same(one.sink.log, [`ended ${how}`]);
      t.equal(one.sender.media('AAEC'), 'dropped');
      t.equal(one.sender.clear(), 'dropped');
      t.same(endpoint.sessions, { open: 0, started: 0 });
      t.notOk(endpoint.has(one.far.callSid));
      t.equal(clock.pending, 0);
      t.equal(pending.addresses, 0);
      t.equal(endpoint.counts[how as 'lost'], 1);
    });
  }

  t.test('from within a call of its sink, the sink is told afterwards', async (t) => {
    const { call } = setup();
    const one = call();
    one.sink.onMedia = () => {
      one.sender.close();
      return false;
    };
    one.say(one.far.media(), one.far.media());
    t.same(one.sink.log, ['media 20']);
    await tick();
    t.same(one.sink.log, ['media 20', 'ended closed']);
  });

  t.test('at once where onStart itself closes it', async (t) => {
    const sink = new RecordingSink();
    const { open, say, tokens, endpoint } = setup({
      onStart: (_call, sender) => {
        sender.close();
        return sink;
      },
    });
    const far = new FarEnd();
    say(open(), far.start({ token: tokens.issue(far.callSid) }), far.media());
    await tick();
    t.same(sink.log, ['ended closed']);
    t.same(endpoint.sessions, { open: 0, started: 0 });
  });
});

t.test('a stranger is shown out', async (t) => {
  const strange: [string, ErrorCode, number, (far: FarEnd, tokens: StreamTokens) => string[]][] = [
    ['media before start', 'STREAM_MEDIA_EARLY', 1008, (far) => [far.connected(), far.media()]],
    ['malformed JSON', 'STREAM_MESSAGE_INVALID', 1007, () => ['{"event":']],
    ['a mark before start', 'STREAM_MESSAGE_INVALID', 1007, (far) => [far.mark('x')]],
    ['stop before start', 'STREAM_MESSAGE_INVALID', 1007, (far) => [far.stop()]],
    ['no token', 'STREAM_TOKEN_INVALID', 1008, (far) => [far.start({})]],
    ['a made-up token', 'STREAM_TOKEN_INVALID', 1008, (far) => [far.start({ token: 'x.y.z' })]],
    [
      'the token of another call',
      'STREAM_TOKEN_INVALID',
      1008,
      (far, tokens) => [far.start({ token: tokens.issue(new FarEnd().callSid) })],
    ],
    [
      'another encoding',
      'STREAM_FORMAT_UNSUPPORTED',
      1008,
      (far, tokens) => [
        far.start({ token: tokens.issue(far.callSid) }, { encoding: 'audio/x-alaw' }),
      ],
    ],
    [
      'another rate',
      'STREAM_FORMAT_UNSUPPORTED',
      1008,
      (far, tokens) => [far.start({ token: tokens.issue(far.callSid) }, { sampleRate: 16000 })],
    ],
    [
      'two channels',
      'STREAM_FORMAT_UNSUPPORTED',
      1008,
      (far, tokens) => [far.start({ token: tokens.issue(far.callSid) }, { channels: 2 })],
    ],
    [
      'no track of the caller',
      'STREAM_FORMAT_UNSUPPORTED',
      1008,
      (far, tokens) => [far.start({ token: tokens.issue(far.callSid) }, {}, ['outbound'])],
    ],
  ];
  for (const [name, code, closeCode, messages] of strange) {
    t.test(`with ${name}: ${code}`, async (t) => {
      const { open, say, tokens, started, endpoint, clock, pending, refused } = setup();
      const far = new FarEnd();
      const socket = open();
      say(socket, ...messages(far, tokens));
      t.same(socket.ended, { code: closeCode, reason: code });
      say(socket, far.start({ token: tokens.issue(far.callSid) }));
      await tick();
      t.same(started, [], 'and cannot start any more');
      t.equal(refused(code), 1);
      t.same(endpoint.sessions, { open: 0, started: 0 });
      t.equal(clock.pending, 0);
      t.equal(pending.addresses, 0);
    });
  }

  t.test('with a binary frame', async (t) => {
    const { open, refused } = setup();
    const socket = open();
    socket.handler?.binary();
    t.same(socket.ended, { code: 1003, reason: 'STREAM_BINARY' });
    t.equal(refused('STREAM_BINARY'), 1);
  });

  t.test('when start does not come in time, not before', async (t) => {
    const { open, say, clock, refused, endpoint } = setup();
    const socket = open();
    say(socket, new FarEnd().connected(), '{"event":"hello"}');
    clock.advance(4999);
    t.equal(socket.ended, undefined);
    clock.advance(1);
    t.same(socket.ended, { code: 1008, reason: 'STREAM_START_MISSING' });
    await tick();
    t.equal(refused('STREAM_START_MISSING'), 1);
    t.same(endpoint.sessions, { open: 0, started: 0 });
  });

  t.test('and no timer is left when it leaves by itself', async (t) => {
    const { open, clock, pending } = setup();
    const socket = open();
    t.equal(clock.pending, 1);
    t.equal(pending.addresses, 1);
    socket.hangUp();
    t.equal(clock.pending, 0);
    t.equal(pending.addresses, 0);
  });
});

t.test('a token is good for one stream', async (t) => {
  const { open, say, tokens, started, refused } = setup();
  const far = new FarEnd();
  const token = tokens.issue(far.callSid);
  const first = open();
  say(first, far.start({ token }));
  first.hangUp();
  const again = open();
  say(again, far.start({ token }));
  t.equal(started.length, 1);
  t.match(again.ended, { reason: 'STREAM_TOKEN_INVALID' });
  t.equal(refused('STREAM_TOKEN_INVALID'), 1);
});

t.test('a second stream of a call', async (t) => {
  t.test('takes over from one that looks alive, which is told first (B9)', async (t) => {
    const order: string[] = [];
    const { open, say, tokens, endpoint } = setup({
      onStart: (call) => {
        order.push(`start ${call.streamSid}`);
        const sink = new RecordingSink();
        sink.onEnded = (how) => order.push(`ended ${how}`);
        return sink;
      },
    });
    const far = new FarEnd();
    const dead = open();
    say(dead, far.start({ token: tokens.issue(far.callSid) }));
    say(dead, far.media());
    const anew = far.resumed();
    const live = open();
    say(live, anew.start({ token: tokens.issue(far.callSid) }));
    t.same(order, [`start ${far.streamSid}`, 'ended lost', `start ${anew.streamSid}`]);
    await tick();
    t.same(order.length, 3);
    t.ok(dead.ended);
    t.equal(live.ended, undefined);
    t.ok(endpoint.has(far.callSid), 'the end of the old one leaves the new one');
    t.same(endpoint.sessions, { open: 1, started: 1 });
  });

  t.test('may follow at once where the first has ended', async (t) => {
    const { call, open, say, tokens, started } = setup();
    const one = call();
    one.socket.hangUp();
    say(open(), one.far.resumed().start({ token: tokens.issue(one.far.callSid) }));
    t.equal(started.length, 2);
  });
});

t.test('the media path may refuse a call', async (t) => {
  for (const [code, closeCode] of [
    ['NODE_FULL', 1013],
    ['NODE_DRAINING', 1013],
    ['DSP_POOL_FULL', 1013],
    ['CALL_NOT_FOUND', 1008],
  ] as const) {
    const { open, say, tokens, endpoint, clock, refused } = setup({
      onStart: () => ({ refuse: code }),
    });
    const far = new FarEnd();
    const socket = open();
    say(socket, far.start({ token: tokens.issue(far.callSid) }), far.media());
    await tick();
    t.same(socket.ended, { code: closeCode, reason: code });
    t.equal(refused(code), 1);
    t.same(endpoint.sessions, { open: 0, started: 0 });
    t.equal(clock.pending, 0);
  }
});

t.test('in a started stream', async (t) => {
  t.test('what makes no sense is counted and skipped', async (t) => {
    const { call, endpoint } = setup();
    const { far, sink, say, socket } = call();
    say('{', far.media(), '[]', '{"event":"media"}', far.media(), '{"event":"mark"}');
    socket.handler?.binary();
    say(far.media());
    t.same(sink.log, ['media 20', 'media 40', 'media 60']);
    t.equal(endpoint.counts.malformed, 5);
    t.equal(socket.ended, undefined);
  });

  t.test('too much of it at once ends the stream', async (t) => {
    const { call, refused } = setup({ limits: { maxMalformed: 10 } });
    const { say, socket, sink } = call();
    for (let index = 0; index < 9; index += 1) say('{');
    t.equal(socket.ended, undefined);
    say('{');
    t.same(socket.ended, { code: 1007, reason: 'STREAM_MESSAGE_INVALID' });
    await tick();
    t.same(sink.log, ['ended lost']);
    t.equal(refused('STREAM_MESSAGE_INVALID'), 1);
  });

  t.test('a little of it all the time does not', async (t) => {
    const { call } = setup({ limits: { maxMalformed: 10 } });
    const { far, say, socket } = call();
    for (let index = 0; index < 3000; index += 1) say(index % 25 === 0 ? '{' : far.media());
    t.equal(socket.ended, undefined);
  });

  t.test('audio that is no base64 is counted and its place kept as silence', async (t) => {
    const { call, endpoint } = setup();
    const { far, sink, say } = call();
    sink.onMedia = (payload) => !payload.includes('!');
    say(far.media(), far.media('!'.repeat(216)), far.media());
    t.same(sink.log, ['media 20', 'media 40', 'gap 1', 'media 60']);
    t.equal(endpoint.counts.malformed, 1);
  });

  t.test('missing audio is told before what follows it', async (t) => {
    const { call, endpoint } = setup();
    const { far, sink, say } = call();
    say(far.media());
    far.lose(3);
    say(far.media(), far.media());
    t.same(sink.log, ['media 20', 'gap 3', 'media 100', 'media 120']);
    t.match(endpoint.counts.gaps, { lost: 3, silenceFrames: 3 });
  });

  t.test('repeats and latecomers are dropped and counted', async (t) => {
    const { call, endpoint } = setup();
    const { far, sink, say } = call();
    const [a, b, c] = [far.media(), far.media(), far.media()];
    const digit = far.dtmf('7');
    say(a, a, c, b, digit, digit);
    t.same(sink.log, ['media 20', 'gap 1', 'media 60', 'dtmf 7']);
    t.match(endpoint.counts.gaps, { duplicates: 2, outOfOrder: 1, lost: 0 });
  });

  t.test('the other track is not the caller', async (t) => {
    const { call, endpoint } = setup();
    const { far, sink, say } = call();
    say(far.media(undefined, 'outbound'), far.media());
    t.same(
      sink.log.filter((entry) => entry.startsWith('media')),
      ['media 40'],
    );
    t.equal(endpoint.counts.ignored, 1);
    t.equal(endpoint.counts.gaps.lost, 0);
  });

  t.test('messages of another stream are not taken', async (t) => {
    const { call, endpoint } = setup();
    const { sink, say } = call();
    const other = new FarEnd();
    say(other.media(), other.mark('x'), other.dtmf('1'), other.stop());
    t.same(sink.log, []);
    t.equal(endpoint.counts.malformed, 4);
  });

  t.test('the same start again is ignored, another one ends the stream', async (t) => {
    const { call, endpoint, refused } = setup();
    const { far, sink, say, socket } = call();
    say(far.start({}), far.connected());
    t.equal(socket.ended, undefined);
    t.equal(endpoint.counts.ignored, 2);
    say(far.resumed().start({}));
    t.same(socket.ended, { code: 1008, reason: 'STREAM_START_DUPLICATE' });
    await tick();
    t.same(sink.log, ['ended lost']);
    t.equal(refused('STREAM_START_DUPLICATE'), 1);
  });

  t.test('unknown events and fields are counted', async (t) => {
    const { call, endpoint } = setup();
    const { far, sink, say, socket } = call();
    const more = JSON.stringify({ ...(JSON.parse(far.media()) as object), codec: 'x' });
    say('{"event":"transcript","text":"hi"}', more);
    socket.hangUp();
    t.same(sink.log, ['media 20', 'ended lost']);
    t.equal(endpoint.counts.ignored, 1);
    t.equal(endpoint.counts.unknownFields, 1);
  });

  t.test('limits that the server enforces are counted by name', async (t) => {
    const { call, refused } = setup();
    call().socket.hangUp(CLOSE_TOO_LARGE);
    call().socket.hangUp(CLOSE_IDLE);
    t.equal(refused('STREAM_MESSAGE_TOO_LARGE'), 1);
    t.equal(refused('STREAM_IDLE'), 1);
  });

  t.test('silence is no end', async (t) => {
    const { call, clock } = setup();
    const { socket } = call();
    clock.advance(3_600_000);
    t.equal(socket.ended, undefined, 'the server watches idle sockets, not the session');
  });
});

t.test('an upgrade', async (t) => {
  const request = (url: string, remoteAddress = '127.0.0.1') => ({
    url,
    remoteAddress,
    header: (name: string) => (name === 'host' ? '127.0.0.1:3000' : undefined),
    headerNames: () => ['host'],
  });

  t.test('of another path is 404', async (t) => {
    const { endpoint } = setup();
    for (const url of ['/', '/twilio', '/twilio/mediax', '/twilio/media/x', '/TWILIO/media']) {
      t.match(endpoint.upgrade(request(url)), { accept: false, status: 404 }, url);
    }
    for (const url of ['/twilio/media', '/twilio/media/', '/twilio/media?x=1']) {
      t.match(endpoint.upgrade(request(url)), { accept: true }, url);
    }
  });

  t.test('of a stranger is 403 with a coded body', async (t) => {
    const { endpoint, refused } = setup();
    const answer = endpoint.upgrade(request('/twilio/media', '192.0.2.1'));
    t.match(answer, { accept: false, status: 403 });
    t.match(JSON.parse((answer as { body: string }).body), { error: { code: 'NOT_LOOPBACK' } });
    t.equal(refused('NOT_LOOPBACK'), 1);
  });

  t.test('is 429 while too many sockets of the address say nothing', async (t) => {
    const pending = new PendingConnections({ perAddress: 1, loopback: 3 });
    const { endpoint, open, say, tokens, clock } = setup({ pending });
    const waiting = [open(), open(), open()];
    const answer = endpoint.upgrade(request('/twilio/media'));
    t.match(answer, { accept: false, status: 429 });
    t.match(JSON.parse((answer as { body: string }).body), {
      error: { code: 'TOO_MANY_CONNECTIONS' },
    });
    const far = new FarEnd();
    if (waiting[0] !== undefined) say(waiting[0], far.start({ token: tokens.issue(far.callSid) }));
    t.match(endpoint.upgrade(request('/twilio/media')), { accept: true }, 'a call does not count');
    open();
    t.match(endpoint.upgrade(request('/twilio/media')), { accept: false });
    clock.advance(5000);
    await tick();
    t.match(endpoint.upgrade(request('/twilio/media')), { accept: true }, 'nor one shown out');
    t.equal(pending.addresses, 0);
  });
});

t.test('a sink that throws at its end leaves nothing behind', async (t) => {
  const sink: StreamSink = new RecordingSink();
  sink.ended = () => {
    throw new Error('bug');
  };
  const { open, say, tokens, endpoint, clock } = setup({ onStart: () => sink });
  const far = new FarEnd();
  const socket = open();
  say(socket, far.start({ token: tokens.issue(far.callSid) }));
  t.throws(() => socket.hangUp(), { message: 'bug' });
  t.same(endpoint.sessions, { open: 0, started: 0 });
  t.equal(clock.pending, 0);
  t.notOk(endpoint.has('CA' as CallSid));
});
