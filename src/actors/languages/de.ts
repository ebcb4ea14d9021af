// German. Control plane.

import type { LanguageWords } from './language.js';
import { lines } from './lines.js';

const UNITS = lines('null, eins, zwei, drei, vier, fünf, sechs, sieben, acht, neun');
const TEENS = lines(
  'zehn, elf, zwölf, dreizehn, vierzehn, fünfzehn, sechzehn, siebzehn, achtzehn, neunzehn',
);
const TENS = lines('zwanzig, dreißig, vierzig, fünfzig, sechzig, siebzig, achtzig, neunzig');

function numbers(): ReadonlyMap<string, number> {
  const map = new Map<string, number>();
  [...UNITS, ...TEENS].forEach((word, value) => map.set(word, value));
  // On the telephone "zwo" is said for "zwei", which sounds like "drei".
  map.set('zwo', 2);
  TENS.forEach((ten, i) => {
    const value = (i + 2) * 10;
    map.set(ten, value);
    UNITS.forEach((unit, j) => {
      if (j > 0) map.set(`${j === 1 ? 'ein' : unit}und${ten}`, value + j);
    });
  });
  return map;
}

export const GERMAN: LanguageWords = {
  hesitations: lines('äh, ähm, öh, öhm, hm, hmm, ehm, eh'),
  openEndings: lines(`
    der, die, das, den, dem, des, ein, eine, einen, einem, einer, eines, mein, meine, meinen, meinem, meiner
    dein, deine, sein, seine, ihr, ihre, ihren, ihrem, ihrer, unser, unsere, kein, keine, keinen, dieser, diese, dieses
    und, oder, aber, sondern, denn, weil, dass, daß, ob, wenn, als, während, obwohl, damit, bevor, nachdem, falls, sodass
    von, vom, zu, zum, zur, für, mit, ohne, aus, bei, beim, nach, vor, hinter, über, unter, zwischen, neben
    in, im, ins, am, um, gegen, bis, seit, wegen, durch, pro, trotz, statt
    ich, wir, er, sie, ich bin, ich habe, ich hätte, ich möchte, ich will, ich würde, ich brauche, ich wollte, ich kann
    ich glaube, ich denke, ich meine, wir haben, wir sind, wir möchten, wir brauchen
    ist, sind, war, waren, hat, haben, hatte, hätte, hätten, kann, könnte, könnten, können, möchte, würde, würden, wird, soll, sollte, muss
    können sie, könnten sie, haben sie, würden sie, gibt es, kann ich, könnte ich, sagen sie mir, geben sie mir
    mein name ist, meine nummer ist, die nummer ist, nummer lautet, die nummer lautet, das ist, es ist, heißt
    also, ja also, und zwar, sehr, noch, dann, vielleicht, eigentlich, sozusagen, wie, was, wo, wer, welche, welcher, welches
    herr, frau, doktor, sankt
  `),
  closings: lines(`
    danke, danke schön, dankeschön, vielen dank, danke sehr, besten dank, herzlichen dank
    tschüss, tschüs, auf wiederhören, auf wiedersehen, wiederhören, schönen tag, schönen tag noch, schönen abend noch, bis dann
    das war's, das wars, das war alles, das ist alles, mehr nicht, sonst nichts, ciao, servus
  `),
  shortQuestions: lines(`
    wo sind sie, wer sind sie, wie geht es ihnen, wo bist du, wer bist du, was ist das, wer ist das, wo ist das, wie ist das
    was haben sie, was ist es, wo ist es, wer ist da, was ist da, was können sie, was soll ich, was kostet das, wofür ist das
  `),
  answers: lines(`
    ja, jawohl, jo, jep, ja genau, genau, richtig, stimmt, das stimmt, ja bitte, gerne, gern, klar, natürlich, sicher, okay, ok
    nein, nee, nö, ne, nein danke, noch nicht, leider nicht, eher nicht, doch, korrekt, ja das stimmt, passt, in ordnung
    alles klar, gut, einverstanden, mhm, weiß ich nicht, ich weiß nicht, keine ahnung
  `),
  courtesies: lines('bitte, danke, bitte schön, na, ach, oh'),
  questionStarts: lines(`
    was, wann, wo, wer, wie, warum, wieso, weshalb, welche, welcher, welches, welchen, wohin, woher, wem, wen, womit
    kann, können, könnte, könnten, würde, würden, darf, dürfte, haben, hat, hätten, ist, sind, war, gibt, muss, soll, bin, habe
  `),
  numberCues: lines(`
    telefonnummer, handynummer, meine nummer, mobilnummer, rückrufnummer, kontonummer, kundennummer, kartennummer
    auftragsnummer, bestellnummer, vertragsnummer, versicherungsnummer, unter der nummer, postleitzahl
  `),
  spellingCues: lines('buchstabiert, buchstabiere, geschrieben, schreibt sich, wie'),
  // Doubtful: "danke" and "gerne" (answers where the agent offers something), "so" (may begin a new
  // thought), "weiß ich" (may be impatient).
  backchannels: lines(`
    ja, jaja, ja ja, genau, ja genau, mhm, mm, hm, hmm, aha, ah, ach, ach so, achso, ah ja, ach ja, okay, ok, gut, sehr gut
    na gut, alles klar, klar, verstehe, ich verstehe, verstanden, richtig, stimmt, das stimmt, in ordnung, natürlich
    sicher, gerne, gern, super, prima, toll, schön, wunderbar, perfekt, fein, eben, interessant, danke, jawohl, so, oh, ah okay
    kein problem, weiß ich, passt, freilich
  `),
  newsmarks: lines('wirklich, echt, ach wirklich, ach echt, ja, ach ja, tatsächlich, okay'),
  // Doubtful: "doch" (contradicts, where the agent did not ask), "weiter" (go on, or the next one).
  floorTakers: lines(`
    nein, nee, nö, halt, stopp, stop, moment, einen moment, moment mal, warten sie, warte, warten, sekunde, eine sekunde
    entschuldigung, entschuldigen sie, verzeihung, sorry, pardon, hallo, hören sie, aber, doch, falsch, das ist falsch
    das stimmt nicht, stimmt nicht, nicht, ich habe eine frage, eine frage, frage, kann ich, könnte ich, darf ich
    lassen sie mich, abbrechen, noch mal, nochmal, noch einmal, wiederholen, langsamer, lauter, hilfe, mitarbeiter
    mensch, genug, schluss, ruhe, egal, vergessen sie es, weiter, überspringen, tschüss, auf wiederhören, eigentlich, ich meine, ich sagte
    was, wann, wo, wer, wie, wie bitte, bitte was, warum, wieso, welche, welcher, welches, hä
  `),
  contractions: {
    "gibt's": 'gibt es',
    "geht's": 'geht es',
    "ist's": 'ist es',
    "hab's": 'habe es',
    "war's": 'war es',
    "ich's": 'ich es',
    hab: 'habe',
    ok: 'okay',
  },
  numbers: numbers(),
  zeros: [],
  fillers: [
    'Einen Moment, bitte.',
    'Ich schaue kurz nach.',
    'Einen Augenblick, bitte.',
    'Das prüfe ich gleich für Sie.',
    'Mal sehen.',
  ],
  spoken: {
    twilio: 'de-DE',
    failed: 'Es tut mir leid, bei uns ist etwas schiefgegangen. Bitte rufen Sie noch einmal an.',
    timeLimit:
      'Die längste Gesprächszeit ist erreicht. Vielen Dank für Ihren Anruf, auf Wiederhören.',
    drained:
      'Es tut mir leid, unser Dienst wird gerade neu gestartet. Bitte rufen Sie in einigen Minuten noch einmal an.',
    brokenOff:
      'Entschuldigung, ich habe den Faden verloren. Könnten Sie das bitte noch einmal sagen?',
    unavailable:
      'Leider sind alle Leitungen belegt. Bitte rufen Sie in einigen Minuten noch einmal an.',
    transferFailed:
      'Leider konnte niemand Ihren Anruf annehmen. Bitte rufen Sie später noch einmal an.',
  },
};
