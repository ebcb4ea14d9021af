import t from 'tap';
import twilio from 'twilio';
import { twilioSignature } from '../../src/phone/twilio-signature.js';

t.test("Twilio's own example gives Twilio's own signature", async (t) => {
  // Twilio, "Security - Validating Signatures from Twilio", example of a POST.
  const form = {
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675310',
    Digits: '1234',
    From: '+14158675310',
    To: '+18005551212',
  };
  const url = 'https://example.com/myapp.php?foo=1&bar=2';
  t.equal(twilioSignature('12345', url, form), 'L/OH5YylLD5NRKLltdqwSvS0BnU=');
});

t.test("what the phone signs, Twilio's library accepts", async (t) => {
  const form = { b: '2', a: '1', A: 'ä', empty: '' };
  const url = 'https://example.com/voice';
  const signature = twilioSignature('secret', url, form);
  t.ok(twilio.validateRequest('secret', signature, url, form));
  t.notOk(twilio.validateRequest('other', signature, url, form));
});

t.test('an upgrade is signed by its URL alone', async (t) => {
  const url = 'wss://example.com/media';
  const signature = twilioSignature('secret', url, {});
  t.ok(twilio.validateRequest('secret', signature, url, {}));
});
