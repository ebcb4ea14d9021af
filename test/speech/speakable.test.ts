import t from 'tap';
import { speakable } from '../../src/speech/speakable.js';
import { SeededRandom } from '../seeded-random.js';

const TABLES: Readonly<Record<string, readonly (readonly [written: string, spoken: string])[]>> = {
  en: [
    ['Room 200 is free.', 'Room two hundred is free.'],
    ['Call 555-0142 now.', 'Call five five five, zero one four two now.'],
    ['Call +1 555-014-2000.', 'Call plus one, five five five, zero one four, two zero zero zero.'],
    ['Call (555) 014-2000!', 'Call five five five, zero one four, two zero zero zero!'],
    ['It is $19.99.', 'It is nineteen dollars and ninety-nine cents.'],
    ['$1 or $0.50, $5 million', 'one dollar or fifty cents, five million dollars'],
    ['That is $1,249.00 in all', 'That is one thousand two hundred forty-nine dollars in all'],
    ['£20 and 30 €', 'twenty pounds and thirty euros'],
    ['from $5-$10', 'from five dollars to ten dollars'],
    ['It takes 3-5 days, 9-17.', 'It takes three to five days, nine to seventeen.'],
    ['1,000.50 and 3.50', 'one thousand point five zero and three point five zero'],
    ['at 10:30 a.m. sharp', 'at ten thirty a m sharp'],
    ['until 5 p.m. We close.', 'until five p m. We close.'],
    ['at 10:05, 9am or 12:00', "at ten oh five, nine a m or twelve o'clock"],
    ['at 10:30 a.m.', 'at ten thirty a m.'],
    ['9 a.m.-5 p.m.', 'nine a m to five p m.'],
    ['on 2026-05-12', 'on May twelfth, twenty twenty-six'],
    ['on 5/12/2026', 'on May twelfth, twenty twenty-six'],
    ['on 12.05.2026', 'on May twelfth, twenty twenty-six'],
    ['Thursday, May 14, 2026 at 9', 'Thursday, May fourteenth, twenty twenty-six at nine'],
    ['Jan. 5 and Dec. 31st', 'January fifth and December thirty-first'],
    ['In 1999 and in 2005', 'In nineteen ninety-nine and in two thousand five'],
    ['in the 90s and the 1980s', 'in the nineties and the nineteen eighties'],
    ['the 1st, 22nd and 103rd', 'the first, twenty-second and one hundred third'],
    ['Mail jane.doe@example.com.', 'Mail jane dot doe at example dot com.'],
    ['See www.example.com/a.b!', 'See w w w dot example dot com slash a dot b!'],
    ['See https://example.org/x?y=1, ok', 'See example dot org slash x, ok'],
    ['5% and 3.5 % of it', 'five percent and three point five percent of it'],
    [
      '5 km, 1 kg, 50GB, 20 °C',
      'five kilometers, one kilogram, fifty gigabytes, twenty degrees Celsius',
    ],
    ['at -5 degrees', 'at minus five degrees'],
    ['Smith & Sons, #5', 'Smith and Sons, number five'],
    ['order #48213', 'order number four eight two, one three'],
    ['account 12345678', 'account one two three, four five six, seven eight'],
    ['agent 007', 'agent zero zero seven'],
    ['Dr. Smith, e.g. St. Louis', 'Doctor Smith, for example Saint Louis'],
    ['123 Main St., Springfield', 'one hundred twenty-three Main Street, Springfield'],
    ['No. 5, but no. So', 'Number five, but no. So'],
    ['the U.S. office of J. R. Smith', 'the U S office of J R Smith'],
    ['version 2.5.1 or X200', 'version two dot five dot one or X two hundred'],
    ['24/7, 1/2 of it', 'twenty-four seven, one half of it'],
    ['Mon-Fri 9-5', 'Monday to Friday nine to five'],
    ['It is **really** `fine` 👍🏽!', 'It is really fine!'],
    ['- [Our site](https://example.com/x)', 'Our site'],
    ['## Hours\n\n1. Open it', 'Hours one. Open it'],
    ['Wait... what?', 'Wait... what?'],
    ['I <b>did</b> snake_case', 'I did snake_case'],
    ['3 * 4 = 12', 'three times four equals twelve'],
    ['', ''],
  ],
  de: [
    ['Das kostet 19,99 € im Monat.', 'Das kostet neunzehn Euro neunundneunzig im Monat.'],
    ['1 € und 1.000,50 Euro', 'ein Euro und eintausend Euro fünfzig'],
    ['von 8:30 bis 18:00 Uhr', 'von acht Uhr dreißig bis achtzehn Uhr'],
    ['um 8.30 Uhr oder 1 Uhr', 'um acht Uhr dreißig oder ein Uhr'],
    ['am 12.05.2026', 'am zwölften Mai zweitausendsechsundzwanzig'],
    ['am 3. Mai 1999', 'am dritten Mai neunzehnhundertneunundneunzig'],
    ['der 1. April, im 2. Stock', 'der erste April, im zweiten Stock'],
    ['z.B. Nr. 5, d. h. bei Dr. Weber', 'zum Beispiel Nummer fünf, das heißt bei Doktor Weber'],
    ['Tel. 030 1234567', 'Telefon null drei null, eins zwei drei, vier fünf sechs sieben'],
    ['3,5 % von 20 kg', 'drei Komma fünf Prozent von zwanzig Kilogramm'],
    ['Mo-Fr 9-17 Uhr', 'Montag bis Freitag neun bis siebzehn Uhr'],
    ['max@example.de', 'max ät example Punkt de'],
    ['Müller & Co.', 'Müller und Co.'],
  ],
  es: [
    ['Cuesta 19,99 €.', 'Cuesta diecinueve euros con noventa y nueve.'],
    ['21 €, 1 £ y 1 $', 'veintiún euros, una libra y un dólar'],
    ['a las 16:30 o a la 1:00', 'a las dieciséis y treinta o a la una'],
    ['el 12/05/2026', 'el doce de mayo de dos mil veintiséis'],
    ['la Sra. García, p. ej.', 'la Señora García, por ejemplo'],
    ['el 5 % de 3,5 km', 'el cinco por ciento de tres coma cinco kilómetros'],
    ['el 1.º y la 2.ª', 'el primero y la segunda'],
    ['al 912 345 678', 'al nueve uno dos, tres cuatro cinco, seis siete ocho'],
    ['núm. 5 de C/ Mayor', 'número cinco de Calle Mayor'],
    ['1.000.000 €', 'un millón de euros'],
  ],
  fr: [
    ['Cela coûte 19,99 €.', 'Cela coûte dix-neuf euros quatre-vingt-dix-neuf.'],
    ['à 14h30, 14:30 ou 1h', 'à quatorze heures trente, quatorze heures trente ou une heure'],
    ['le 1er mai, la 2e fois', 'le premier mai, la deuxième fois'],
    ['le 12/05/2026', 'le douze mai deux mille vingt-six'],
    ['M. Petit et Mme. Grand', 'Monsieur Petit et Madame Grand'],
    [
      'au 01 23 45 67 89',
      'au zéro un, vingt-trois, quarante-cinq, soixante-sept, quatre-vingt-neuf',
    ],
    ['5 % de 3,5 km', 'cinq pour cent de trois virgule cinq kilomètres'],
    ['1 £ ou 1 000 €', 'une livre ou mille euros'],
    ['a@example.fr', 'a arobase example point fr'],
  ],
};

for (const [language, table] of Object.entries(TABLES)) {
  t.test(`what is written is said in words: ${language}`, async (t) => {
    for (const [written, spoken] of table) t.equal(speakable(written, language), spoken, written);
  });
}

t.test('a region does not matter, and an unknown language is left alone', async (t) => {
  t.equal(speakable('5', 'en-GB'), 'five');
  t.equal(speakable('5', 'de_AT'), 'fünf');
  t.equal(speakable('**5** km for $3 & Dr. X', 'fi'), '**5** km for $3 & Dr. X');
  t.equal(speakable('5', ''), '5');
});

t.test('what is said already is not changed', async (t) => {
  for (const text of [
    'Thank you for calling, how can I help you today?',
    "We're open; don't worry: it's fine (really).",
    'No. We are closed. Yes!',
  ]) {
    t.equal(speakable(text, 'en'), text);
  }
  for (const [language, table] of Object.entries(TABLES)) {
    for (const [, spoken] of table) {
      if (!/\d/.test(spoken)) t.equal(speakable(spoken, language), spoken, spoken);
    }
  }
});

t.test('of any text, no digit is left and no word is lost, and soon', async (t) => {
  const pieces =
    '5|12|2026|0|-|/|.|,|:|$|€|%|@|+|#|(|)| | |a|Main|St.|Dr.|km|am|a.m.|www.|example.com|*|_|\n|é|😀|1,000.5|1.000,5|h|May|Uhr|<b>|[x](y)|…'.split(
      '|',
    );
  for (let seed = 1; seed <= 1500; seed += 1) {
    const random = new SeededRandom(seed);
    let text = '';
    for (let i = random.below(40); i >= 0; i -= 1) text += random.pick(pieces);
    for (const language of ['en', 'de', 'es', 'fr']) {
      const spoken = speakable(text, language);
      if (/\d/.test(spoken)) return t.fail(`${JSON.stringify(text)}: ${spoken}`);
      // What follows an address may be its query, which nobody says.
      if (/Main/.test(text) && !/example/.test(text) && !/Main/.test(spoken))
        return t.fail(`${text}: ${spoken}`);
      if (/undefined|NaN/.test(spoken)) return t.fail(`${text}: ${spoken}`);
    }
  }
  const startMs = performance.now();
  for (const unit of [
    '1',
    '1.',
    '1-',
    'a.',
    'a@',
    '1 ',
    '$1',
    '- ',
    '(',
    '_',
    '<a',
    '[x',
    '9:',
    'A. ',
    '\n',
    ' ',
  ]) {
    speakable(unit.repeat(4000), 'en');
  }
  t.ok(performance.now() - startMs < 2500, `${performance.now() - startMs} ms`);
  return t.pass();
});

t.test('links, lists, entities and codes are said as a person would (C13)', async (t) => {
  const cases: [string, string, string][] = [
    ['Write to [help](mailto:help@example.com).', 'en', 'Write to help.'],
    ['See [our page](https://example.com/a "Title") now.', 'en', 'See our page now.'],
    ['See [our page][1] now.', 'en', 'See our page now.'],
    ['Tom &amp; Ann', 'en', 'Tom and Ann'],
    ['- [ ] Bread', 'en', 'Bread'],
    ['The code is 8-4-1.', 'en', 'The code is eight four one.'],
    ['The code is 8–4–1–9.', 'en', 'The code is eight four one nine.'],
    ['Der Code ist 8-4-1.', 'de', 'Der Code ist acht vier eins.'],
    ['El código es 8-4-1.', 'es', 'El código es ocho cuatro uno.'],
    ['Le code est 8-4-1.', 'fr', 'Le code est huit quatre un.'],
    ['We open Monday 9-17.', 'en', 'We open Monday nine to seventeen.'],
    ['Open 9-5.', 'en', 'Open nine to five.'],
  ];
  for (const [text, language, said] of cases) t.equal(speakable(text, language), said, text);
});
