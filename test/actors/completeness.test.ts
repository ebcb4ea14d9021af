import t from 'tap';
import { textCompleteness } from '../../src/actors/endpointing/completeness.js';
import type { EndpointView } from '../../src/actors/endpointing/contract.js';

const view = (interimText: string, change: Partial<EndpointView> = {}): EndpointView => ({
  interimText,
  expectation: 'anything',
  utteranceMs: 1000,
  pausesSoFar: 0,
  ...change,
});

const OPEN: Readonly<Record<string, readonly string[]>> = {
  en: [
    'my number is',
    'My name is',
    "I'd like to book a table for two and",
    'because',
    'I need to speak to the',
    "it's about my",
    'uh',
    'I was wondering um',
    'can you tell me',
    'My phone number is 555 12',
    'call me at five five five',
    'M I L',
    'Miller spelled M',
    'I would like,',
    'the thing is…',
    'can you',
    'where is the',
    'what do you',
    'I can',
  ],
  de: [
    'meine Nummer ist',
    'ich möchte einen Tisch für',
    'und',
    'ähm',
    'weil',
    'ich hätte gern eine',
    'Meine Telefonnummer ist null drei',
  ],
  es: [
    'mi número es',
    'quiero una mesa para',
    'y',
    'este',
    'porque',
    'me gustaría',
    'mi teléfono es seis uno dos',
  ],
  fr: [
    "mon numéro c'est",
    'je voudrais une table pour',
    'et',
    'euh',
    'parce que',
    "j'ai besoin d'",
    'est-ce que',
  ],
};

const COMPLETE: Readonly<Record<string, readonly string[]>> = {
  en: [
    'yes',
    'No, thank you.',
    'yes please',
    'thank you',
    'okay thanks bye',
    "that's all",
    'uh huh',
    'What time do you close?',
    'where is the nearest branch',
    'Who is it for?',
    'where are you',
    'what is it about',
    'yes we are',
    "no I can't",
  ],
  de: [
    'ja',
    'nein danke',
    'vielen Dank',
    'auf Wiederhören',
    'das wars',
    'Wann haben Sie geöffnet?',
    'wo ist die nächste filiale',
    'wo sind Sie',
  ],
  es: [
    'sí',
    'no gracias',
    'muchas gracias',
    'hasta luego',
    '¿A qué hora cierran?',
    'dónde está la oficina',
    'dónde están',
  ],
  fr: [
    'oui',
    'non merci',
    'merci beaucoup',
    'au revoir',
    'À quelle heure fermez-vous ?',
    "oui s'il vous plaît",
    'où êtes-vous',
  ],
};

const NEITHER: Readonly<Record<string, readonly string[]>> = {
  en: [
    '',
    '   ',
    'I live in Berlin',
    'extension 205',
    'Monday at 5 p.m.',
    'five p m',
    'what time',
    'My phone number is 555 123 4567',
  ],
  de: ['ich wohne in Berlin', 'durchwahl 205'],
  es: ['vivo en Madrid'],
  fr: ["j'habite à Lyon"],
};

t.test('a text that asks for more is open, in every language', async (t) => {
  for (const [language, texts] of Object.entries(OPEN)) {
    for (const text of texts) t.equal(textCompleteness(view(text), language), 'open', text);
  }
});

t.test('thanks, farewells, answers and questions are complete', async (t) => {
  for (const [language, texts] of Object.entries(COMPLETE)) {
    for (const text of texts) t.equal(textCompleteness(view(text), language), 'complete', text);
  }
});

t.test('other texts say nothing, and neither does any in an unknown language', async (t) => {
  for (const [language, texts] of Object.entries(NEITHER)) {
    for (const text of texts) t.equal(textCompleteness(view(text), language), undefined, text);
  }
  t.equal(textCompleteness(view('my number is'), 'tlh'), undefined);
  t.equal(textCompleteness(view('my number is'), 'constructor'), undefined);
  t.equal(textCompleteness(view('my number is', { language: 'tlh' }), 'en'), undefined);
  t.equal(textCompleteness(view('Meine Nummer ist', { language: 'de-AT' }), 'en'), 'open');
});

t.test('half a number is open where digits are expected, a whole one complete', async (t) => {
  const digits = (text: string, expectedDigits?: number) =>
    textCompleteness(
      view(text, {
        expectation: 'digits',
        ...(expectedDigits !== undefined && { expectedDigits }),
      }),
      'en',
    );
  t.equal(digits('two'), 'open');
  t.equal(digits('2 0'), 'open');
  t.equal(digits('two oh five'), undefined, 'may be an extension');
  t.equal(digits('555 1234'), undefined);
  t.equal(digits('five five five one two three four five six seven'), 'complete');
  t.equal(digits('two oh five', 4), 'open');
  t.equal(digits('twenty five oh six', 5), 'complete');
  t.equal(digits('it is two oh five six', 4), 'complete');
  t.equal(digits('my number is'), 'open');
  t.equal(digits('no thank you'), 'complete');
});

t.test('a text that lags behind the voice is not complete', async (t) => {
  t.equal(textCompleteness(view('yes', { utteranceMs: 2000 }), 'en'), 'complete');
  t.equal(textCompleteness(view('yes', { utteranceMs: 4000 }), 'en'), undefined);
  t.equal(textCompleteness(view('my number is', { utteranceMs: 9000 }), 'en'), 'open');
});
