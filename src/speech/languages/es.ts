// How Spanish is said. Control plane.

import { toCardinal as toWords, toOrdinal } from 'n2words/es-ES';
import { counted, type Gender, type SpokenLanguage } from './language.js';

const MONTHS =
  'enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre'.split(
    ' ',
  );

/** The library leaves out the accent of sixteen. */
const toCardinal = (number: string | number): string =>
  toWords(number).replace('dieciseis', 'dieciséis');

function count(digits: string, gender: Gender): string {
  const number = toCardinal(digits);
  if (gender === 'feminine') return number.replace(/uno$/, 'una').replace(/cientos/g, 'cientas');
  return number.replace(/veintiuno$/, 'veintiún').replace(/uno$/, 'un');
}

const masculine = (one: string, many: string) => ({ one, many, gender: 'masculine' as const });

export const SPANISH: SpokenLanguage = {
  code: 'es',
  decimalMark: ',',
  monthFirst: false,
  cardinal: (digits) => toCardinal(digits),
  ordinal: (digits, gender) =>
    toOrdinal(digits, { gender: gender === 'feminine' ? 'feminine' : 'masculine' }),
  count,
  year: (year) => toCardinal(year),
  time: ({ hours, minutes, half, hasUnit }) => {
    const rest = minutes === 0 ? '' : ` y ${toCardinal(minutes)}`;
    const after = half === undefined ? '' : half === 'am' ? ' de la mañana' : ' de la tarde';
    const hour = count(String(hours), 'feminine');
    return `${hour}${hasUnit ? (hours === 1 ? ' hora' : ' horas') : ''}${rest}${after}`;
  },
  date: ({ day, month, year: of }) =>
    `${day === 1 ? 'primero' : toCardinal(day)} de ${MONTHS[month - 1]}${of === undefined ? '' : ` de ${toCardinal(of)}`}`,
  priceJoint: ' con ',
  namesMinor: false,
  pairsInPhones: false,
  signs: {
    point: 'coma',
    minus: 'menos',
    plus: 'más',
    times: 'por',
    equals: 'igual a',
    percent: 'por ciento',
    degrees: 'grados',
    number: 'número',
    and: 'y',
    to: 'a',
    dot: 'punto',
    at: 'arroba',
    dash: 'guion',
    underscore: 'guion bajo',
    slash: 'barra',
    fractions: { '1/2': 'un medio', '1/4': 'un cuarto', '3/4': 'tres cuartos' },
  },
  months: MONTHS,
  weekdays: {
    lun: 'lunes',
    mar: 'martes',
    mié: 'miércoles',
    jue: 'jueves',
    vie: 'viernes',
    sáb: 'sábado',
    dom: 'domingo',
  },
  currencies: {
    USD: { ...masculine('dólar', 'dólares'), minor: masculine('centavo', 'centavos') },
    EUR: { ...masculine('euro', 'euros'), minor: masculine('céntimo', 'céntimos') },
    GBP: {
      one: 'libra',
      many: 'libras',
      gender: 'feminine',
      minor: masculine('penique', 'peniques'),
    },
    CHF: {
      ...masculine('franco suizo', 'francos suizos'),
      minor: masculine('céntimo', 'céntimos'),
    },
    JPY: masculine('yen', 'yenes'),
  },
  units: counted(`
    km = kilómetro, kilómetros | m = metro, metros | cm = centímetro, centímetros | mm = milímetro, milímetros
    kg = kilogramo, kilogramos | g = gramo, gramos | mg = miligramo, miligramos | l = litro, litros | ml = mililitro, mililitros
    km/h = kilómetro por hora, kilómetros por hora | GB = gigabyte, gigabytes | MB = megabyte, megabytes | TB = terabyte, terabytes
    °C = grado Celsius, grados Celsius | ° = grado, grados | min = minuto, minutos | h = f: hora, horas | s = segundo, segundos
    kWh = kilovatio hora, kilovatios hora | kW = kilovatio, kilovatios | W = vatio, vatios | V = voltio, voltios | m² = metro cuadrado, metros cuadrados
  `),
  ordinalEnds: {
    º: 'masculine',
    ª: 'feminine',
    '.º': 'masculine',
    '.ª': 'feminine',
  },
  own: [
    [/\bC\/\s?/g, 'Calle '],
    [/\b1\.?er\b/g, 'primer'],
    [/\b3\.?er\b/g, 'tercer'],
  ],
};
