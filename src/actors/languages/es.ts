// Spanish. Control plane.

import type { LanguageWords } from './language.js';
import { lines } from './lines.js';

const UNITS = lines('cero, uno, dos, tres, cuatro, cinco, seis, siete, ocho, nueve');
const TEENS = lines(
  'diez, once, doce, trece, catorce, quince, dieciséis, diecisiete, dieciocho, diecinueve',
);
const TWENTIES = lines(
  'veinte, veintiuno, veintidós, veintitrés, veinticuatro, veinticinco, veintiséis, veintisiete, veintiocho, veintinueve',
);
const TENS = lines('treinta, cuarenta, cincuenta, sesenta, setenta, ochenta, noventa');

function numbers(): ReadonlyMap<string, number> {
  const map = new Map<string, number>();
  [...UNITS, ...TEENS, ...TWENTIES].forEach((word, value) => map.set(word, value));
  TENS.forEach((ten, i) => {
    const value = (i + 3) * 10;
    map.set(ten, value);
    UNITS.forEach((unit, j) => j > 0 && map.set(`${ten} y ${unit}`, value + j));
  });
  return map;
}

export const SPANISH: LanguageWords = {
  hesitations: lines('eh, em, este em, mmm, hmm, ehm, uh, um'),
  openEndings: lines(`
    el, la, los, las, un, una, unos, unas, mi, mis, tu, tus, su, sus, nuestro, nuestra, al, del, lo
    de, a, en, con, sin, por, para, desde, hasta, hacia, sobre, entre, según, contra, durante, tras
    y, e, o, u, ni, pero, porque, que, si, cuando, aunque, como, mientras, donde, pues, entonces, así que, sino
    es, son, era, está, están, estoy, soy, he, ha, han, había, hay, tengo, tiene, tienen, quiero, quisiera, querría, necesito
    me gustaría, puedo, puede, podría, quería, voy a, va a, tengo que, hay que, me llamo, se llama, yo, nosotros
    creo que, pienso que, es que, o sea, digamos, a ver, este, bueno, muy, más, también, además, cada, otro, otra, algún, alguna
    mi nombre es, mi número es, el número es, número de, dígame, deme, puede decirme, me puede, me podría
    qué, cuál, cuándo, dónde, cómo, quién, cuánto, señor, señora, doctor, san, santa
  `),
  closings: lines(`
    gracias, muchas gracias, mil gracias, adiós, hasta luego, hasta pronto, chao, chau, buenas noches, que tenga buen día
    eso es todo, eso sería todo, nada más, es todo, ya está
  `),
  shortQuestions: lines(`
    dónde están, dónde está, quién es, quiénes son, qué es, qué son, cómo es, cómo está, cuánto es, cuál es, qué hay
    con quién hablo, para qué es, de qué es, qué es eso, quién habla
  `),
  answers: lines(`
    sí, si, sí señor, sí señora, claro, claro que sí, por supuesto, desde luego, correcto, exacto, exactamente, así es, eso es
    no, no gracias, todavía no, aún no, tampoco, de acuerdo, vale, está bien, bien, bueno, perfecto, ok, okay, ajá, cierto
    no sé, no lo sé
  `),
  courtesies: lines('por favor, gracias, señor, señora, señorita, pues, ah, oh'),
  questionStarts: lines(`
    qué, cuál, cuáles, cuándo, dónde, cómo, quién, quiénes, cuánto, cuánta, cuántos, cuántas, por qué, adónde
    puede, puedo, podría, podrían, tiene, tienen, hay, está, están, es, son, me puede, me podría, sabe
  `),
  numberCues: lines(`
    número de teléfono, mi teléfono, mi número, mi móvil, mi celular, número de cuenta, número de tarjeta
    número de pedido, número de cliente, número de póliza, código postal, llámeme al
  `),
  spellingCues: lines('se deletrea, deletreo, se escribe, con, de'),
  // Doubtful: "si" is how recognisers write a lone "sí"; "gracias"; "bueno" (in Mexico also a "hello?");
  // "sale" and "ándale" are Mexican.
  backchannels: lines(`
    sí, si, sí sí, ajá, aja, mm, mhm, mmm, hm, ah, ah sí, ya, ya ya, ya veo, claro, claro claro, claro que sí, vale, ok, okay, bien, muy bien
    está bien, bueno, de acuerdo, entiendo, entendido, comprendo, exacto, exactamente, eso, eso es, así es, cierto, correcto
    perfecto, genial, estupendo, qué bien, por supuesto, desde luego, oh, gracias, ah bueno, ah ok, ah vale, no hay problema, ándale, sale
  `),
  newsmarks: lines('de verdad, en serio, ah sí, sí, verdad'),
  // Doubtful: "para" (stop, but mostly a preposition, within longer speech), "verdad" is none: it agrees.
  floorTakers: lines(`
    no, espere, espera, un momento, un segundo, momento, pare, para, alto, basta, perdón, perdone, disculpe, oiga, oye, escuche
    hola, pero, tengo una pregunta, una pregunta, pregunta, puedo, déjeme, cancele, cancelar, repita, otra vez, más despacio
    más alto, ayuda, operador, operadora, agente, una persona, incorrecto, eso no, mal, suficiente, silencio, olvídelo
    siguiente, adiós, hasta luego, en realidad, digo, quiero decir
    qué, cuál, cuándo, dónde, cómo, quién, cuánto, por qué, mande
  `),
  contractions: { ok: 'okay' },
  numbers: numbers(),
  zeros: [],
  fillers: [
    'Un momento, por favor.',
    'Déjeme ver.',
    'Lo compruebo enseguida.',
    'Deme un segundo, por favor.',
    'Vamos a ver.',
  ],
  spoken: {
    twilio: 'es-ES',
    failed: 'Lo siento, algo ha fallado por nuestra parte. Por favor, vuelva a llamar.',
    timeLimit: 'Hemos llegado al tiempo máximo de la llamada. Gracias por llamar, adiós.',
    drained:
      'Lo siento, nuestro servicio se está reiniciando. Por favor, vuelva a llamar dentro de unos minutos.',
    brokenOff: 'Perdone, he perdido el hilo. ¿Podría repetirlo, por favor?',
    unavailable:
      'Lo sentimos, todas las líneas están ocupadas. Por favor, vuelva a llamar dentro de unos minutos.',
    transferFailed:
      'Lo sentimos, nadie ha podido atender su llamada. Por favor, vuelva a llamar más tarde.',
  },
};
