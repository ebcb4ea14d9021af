// French. Control plane.

import type { LanguageWords } from './language.js';
import { lines } from './lines.js';

const UNITS = lines('zéro, un, deux, trois, quatre, cinq, six, sept, huit, neuf');
const TEENS = lines(
  'dix, onze, douze, treize, quatorze, quinze, seize, dix sept, dix huit, dix neuf',
);
const TENS = lines('vingt, trente, quarante, cinquante, soixante');
/** Of Belgium and Switzerland. */
const OTHER_TENS: readonly (readonly [string, number])[] = [
  ['septante', 70],
  ['huitante', 80],
  ['octante', 80],
  ['nonante', 90],
];

/** 21, 31 to 71; not 81 or 91. */
const takesEt = (ten: number, unit: number): boolean =>
  (unit === 1 && ten < 80) || (unit === 11 && ten === 60);

/** A ten and what is added to it: "vingt et un", "vingt deux". */
function addTo(map: Map<string, number>, ten: string, value: number, added: readonly string[]) {
  added.forEach((word, i) => {
    if (i === 0 && value === 80) map.set(ten, value);
    else if (i > 0) map.set(`${ten} ${takesEt(value, i) ? 'et ' : ''}${word}`, value + i);
  });
}

function numbers(): ReadonlyMap<string, number> {
  const map = new Map<string, number>();
  [...UNITS, ...TEENS].forEach((word, value) => map.set(word, value));
  TENS.forEach((ten, i) => {
    const value = (i + 2) * 10;
    map.set(ten, value);
    // "Soixante" goes on to 79 with the teens.
    addTo(map, ten, value, ten === 'soixante' ? [...UNITS, ...TEENS] : UNITS);
  });
  map.set('soixante dix', 70);
  map.set('quatre vingts', 80);
  addTo(map, 'quatre vingt', 80, [...UNITS, ...TEENS]);
  for (const [ten, value] of OTHER_TENS) {
    map.set(ten, value);
    addTo(map, ten, value, UNITS);
    if (value >= 80) map.set(`${ten} et un`, value + 1);
  }
  return map;
}

export const FRENCH: LanguageWords = {
  hesitations: lines('euh, heu, hum, hmm, ben euh, eh'),
  openEndings: lines(`
    le, la, les, l', un, une, des, du, de, d', mon, ma, mes, ton, ta, tes, son, sa, ses, notre, nos, votre, vos, leur, leurs, ce, cet, cette, ces
    à, au, aux, en, dans, sur, sous, avec, sans, pour, par, chez, vers, entre, depuis, jusqu'à, pendant, contre, avant, après, selon
    et, ou, mais, donc, car, ni, parce que, parce qu', que, qu', si, quand, lorsque, comme, puisque, alors, bien que, pour que, puis
    je, j', on, nous, il, elle, ils, elles, je suis, j'ai, je voudrais, j'aimerais, je veux, je vais, je peux, je dois, je pense que, je crois que
    est, sont, était, a, ont, avait, suis, ai, c'est, il y a, peut, pourrait, voudrais, veux, vais, faut, il faut
    est-ce que, est-ce qu', pouvez-vous, pourriez-vous, avez-vous, dites-moi, donnez-moi, puis-je, n', ne, s', se, me, m', te, t', y
    mon nom est, je m'appelle, mon numéro est, mon numéro c'est, le numéro est, numéro c'est, c'est le
    très, plus, aussi, encore, chaque, autre, enfin, bon, bah, ben, du coup, en fait, genre, c'est-à-dire
    quel, quelle, quels, quelles, monsieur le, docteur, saint
  `),
  closings: lines(`
    merci, merci beaucoup, merci bien, merci à vous, au revoir, bonne journée, bonne soirée, à bientôt, à plus tard, salut
    c'est tout, ce sera tout, rien d'autre, c'est bon
  `),
  shortQuestions: lines(`
    où êtes-vous, vous êtes où, qui êtes-vous, comment allez-vous, c'est où, c'est quoi, c'est qui, c'est quand, c'est combien
    c'est pour quoi, c'est pour qui, qu'est-ce que c'est, qui est-ce, où est-ce, qu'avez-vous, que faites-vous
  `),
  answers: lines(`
    oui, ouais, oui oui, oui bien sûr, bien sûr, mais oui, si, tout à fait, exactement, exact, voilà, d'accord, ok, okay, entendu, parfait
    non, non non, non merci, pas vraiment, pas encore, non plus, pas du tout, ça marche, c'est ça, absolument, certainement
    je ne sais pas, je sais pas, aucune idée
  `),
  courtesies: lines(
    "s'il vous plaît, s'il te plaît, merci, monsieur, madame, mademoiselle, ah, oh",
  ),
  questionStarts: lines(`
    qu'est-ce que, qu'est-ce qui, est-ce que, est-ce qu'il, quand, où, qui, comment, pourquoi, combien, quel, quelle, quels, quelles, quoi
    pouvez-vous, pourriez-vous, avez-vous, puis-je, y a-t-il, êtes-vous, c'est quoi, savez-vous
  `),
  numberCues: lines(`
    numéro de téléphone, mon numéro, mon téléphone, mon portable, numéro de compte, numéro de carte, numéro de client
    numéro de commande, numéro de dossier, code postal, appeler au
  `),
  spellingCues: lines("s'épelle, j'épelle, s'écrit, ça s'écrit, comme"),
  // Doubtful: "merci" and "c'est bon" (may mean: enough of it), "bon" (may open a turn).
  backchannels: lines(`
    oui, ouais, oui oui, mm, mhm, mmm, hm, hum, ah, ah oui, ah bon, ah d'accord, d'accord, ok, okay, je vois, je comprends, compris
    bien, très bien, bien sûr, voilà, exact, exactement, tout à fait, c'est ça, entendu, parfait, super, génial, bon, bon d'accord
    ça marche, absolument, oh, c'est vrai, effectivement, en effet, merci, pas de problème, pas de souci, c'est bon
  `),
  newsmarks: lines("ah bon, c'est vrai, vraiment, ah oui, oui, d'accord"),
  // Doubtful: "mais" and "en fait" (alone they announce more), "désolé" (may be meant for somebody else).
  floorTakers: lines(`
    non, attendez, attends, stop, arrêtez, arrête, un instant, un moment, une seconde, une minute, excusez-moi, pardon, désolé
    allô, écoutez, mais, j'ai une question, une question, question, est-ce que je peux, je peux, puis-je, laissez-moi
    annuler, annulez, répétez, répéter, encore une fois, plus lentement, plus fort, aide, aidez-moi, opérateur, conseiller, un humain
    faux, c'est faux, pas ça, ce n'est pas ça, c'est pas ça, assez, ça suffit, silence, laissez tomber, suivant, au revoir, en fait, je voulais dire
    quoi, quand, où, qui, comment, pourquoi, combien, quel, quelle, hein
  `),
  contractions: { ok: 'okay', ouais: 'oui' },
  numbers: numbers(),
  zeros: [],
  fillers: [
    "Un instant, s'il vous plaît.",
    'Je regarde cela tout de suite.',
    'Un petit moment.',
    'Je vérifie pour vous.',
    'Voyons voir.',
  ],
  spoken: {
    twilio: 'fr-FR',
    failed: 'Je suis désolé, un problème est survenu de notre côté. Veuillez rappeler.',
    timeLimit: "La durée maximale de l'appel est atteinte. Merci de votre appel, au revoir.",
    drained: 'Je suis désolé, notre service redémarre. Veuillez rappeler dans quelques minutes.',
    brokenOff: "Pardon, j'ai perdu le fil. Pourriez-vous répéter, s'il vous plaît ?",
    unavailable: 'Toutes nos lignes sont occupées. Veuillez rappeler dans quelques minutes.',
    transferFailed: "Personne n'a pu prendre votre appel. Veuillez rappeler plus tard.",
  },
};
