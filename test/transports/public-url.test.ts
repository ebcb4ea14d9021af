import t from 'tap';
import { createPublicUrl, listeningUrl } from '../../src/transports/public-url.js';

t.test('webhook and stream URLs are made of the configured one', async (t) => {
  const url = createPublicUrl('https://voice.example');
  t.equal(url.http('/twilio/voice'), 'https://voice.example/twilio/voice');
  t.equal(url.stream('/twilio/media'), 'wss://voice.example/twilio/media');
  t.equal(url.localPath('/twilio/voice?x=1'), '/twilio/voice?x=1');
});

t.test(
  'a prefix is kept outside and taken off inside, whether a proxy did so or not',
  async (t) => {
    const url = createPublicUrl('https://voice.example:8443/node-1/');
    t.equal(url.base, 'https://voice.example:8443/node-1');
    t.equal(url.stream('/twilio/media'), 'wss://voice.example:8443/node-1/twilio/media');
    t.equal(url.localPath('/node-1/twilio/voice?x=1'), '/twilio/voice?x=1');
    t.equal(url.localPath('/twilio/voice'), '/twilio/voice');
    t.equal(url.localPath('/node-12/twilio/voice'), '/node-12/twilio/voice');
  },
);

t.test(
  'the URL of a server without a configured one can be reached from this machine',
  async (t) => {
    t.equal(listeningUrl('127.0.0.1', 3000).stream('/x'), 'ws://127.0.0.1:3000/x');
    t.equal(listeningUrl('0.0.0.0', 3000).base, 'http://127.0.0.1:3000');
    t.equal(listeningUrl('::', 3000).base, 'http://[::1]:3000');
  },
);

t.test('what is no such URL is an error of the configuration', async (t) => {
  const wrong = [
    'voice.example',
    'wss://voice.example',
    'https://user:pass@voice.example',
    'https://voice.example/?a=1',
    'https://voice.example/#x',
    '',
  ];
  for (const each of wrong) {
    t.throws(() => createPublicUrl(each), { code: 'CONFIG_INVALID' }, each);
  }
});
