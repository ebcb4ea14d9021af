// Abbreviations with a full stop: how they are said, and what their full stop means. Pure. Control plane.

/**
 * What the full stop of an abbreviation means where a space follows it:
 * `inside` never ends a sentence ("Dr.", "e.g."), `number` none where a number follows ("No. 5", but
 * "No."), `maybe` one where the next word begins a sentence ("at 8 a.m. We open").
 */
export type FullStop = 'inside' | 'number' | 'maybe';

export interface Abbreviation {
  /** As it is written, with its full stops and without spaces after them; case counts in the first letter. */
  readonly written: string;
  /** As it is said; undefined where a voice says it well as it is. */
  readonly spoken: string | undefined;
  readonly fullStop: FullStop;
}

/** One a line: `written = spoken`; the part behind `=` may be missing. */
function abbreviations(fullStop: FullStop, text: string): Abbreviation[] {
  const entries = text.split(/[\n|]/).map((line) => line.trim());
  return entries
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [written = '', spoken] = entry.split('=').map((part) => part.trim());
      return { written, spoken, fullStop };
    });
}

const ENGLISH = [
  ...abbreviations(
    'inside',
    `Mr. = Mister | Mrs. = Missus | Ms. = Miz | Dr. = Doctor | Prof. = Professor | Rev. = Reverend
     Hon. = Honorable | Gen. = General | Capt. = Captain | Lt. = Lieutenant | Sgt. = Sergeant
     Gov. = Governor | Sen. = Senator | Rep. = Representative | Mt. = Mount | Ft. = Fort
     e.g. = for example | i.e. = that is | vs. = versus | approx. = approximately | cf. = compare
     incl. = including | excl. = excluding | max. = maximum | a.k.a. = also known as`,
  ),
  ...abbreviations(
    'number',
    `No. = Number | no. = number | Nos. = Numbers | ext. = extension | Ext. = Extension | Apt. = Apartment
     apt. = apartment | Rm. = Room | p. = page | pp. = pages | Vol. = Volume | vol. = volume
     Fig. = Figure | Ch. = Chapter | Sec. = Section | Tel. = Telephone | tel. = telephone
     Jan. = January | Feb. = February | Mar. = March | Apr. = April | Aug. = August
     Sept. = September | Sep. = September | Oct. = October | Nov. = November | Dec. = December`,
  ),
  ...abbreviations(
    'maybe',
    `a.m. = a m | p.m. = p m | A.M. = a m | P.M. = p m | etc. = et cetera | Inc. = Incorporated
     Ltd. = Limited | Co. = Company | Corp. = Corporation | Jr. = Junior | Sr. = Senior | dept. = department
     Dept. = Department | Ave. = Avenue | Blvd. = Boulevard | Rd. = Road | Ln. = Lane | Hwy. = Highway
     Ph.D. = P H D | Mon. = Monday | Tue. = Tuesday | Tues. = Tuesday | Wed. = Wednesday
     Thu. = Thursday | Thurs. = Thursday | Fri. = Friday | Sat. = Saturday | Sun. = Sunday
     hrs. = hours | min. = minutes | mins. = minutes | sec. = seconds | ft. = feet | appt. = appointment | Est. = Established | St. = Saint`,
  ),
];

const GERMAN = [
  ...abbreviations(
    'inside',
    `Hr. = Herr | Hrn. = Herrn | Fr. = Frau | Dr. = Doktor | Prof. = Professor | Dipl. = Diplom
     z.B. = zum Beispiel | Z.B. = Zum Beispiel | d.h. = das heißt | D.h. = Das heißt | u.a. = unter anderem
     bzw. = beziehungsweise | ca. = circa | Ca. = Circa | evtl. = eventuell | ggf. = gegebenenfalls
     inkl. = inklusive | exkl. = exklusive | zzgl. = zuzüglich | bzgl. = bezüglich | vgl. = vergleiche
     i.d.R. = in der Regel | o.ä. = oder ähnlich | s.o. = siehe oben | s.u. = siehe unten | m.E. = meines Erachtens
     v.a. = vor allem | max. = maximal | mind. = mindestens | sog. = sogenannt | St. = Sankt | z.T. = zum Teil
     Mo. = Montag | Di. = Dienstag | Mi. = Mittwoch | Do. = Donnerstag | Sa. = Samstag | geb. = geboren`,
  ),
  ...abbreviations(
    'number',
    `Nr. = Nummer | Nrn. = Nummern | Abs. = Absatz | Art. = Artikel | Kap. = Kapitel | Bd. = Band | S. = Seite
     Tel. = Telefon | Zi. = Zimmer | Hausnr. = Hausnummer`,
  ),
  ...abbreviations(
    'maybe',
    `usw. = und so weiter | etc. = et cetera | Str. = Straße | str. = straße | Std. = Stunden | Min. = Minuten
     Mio. = Millionen | Mrd. = Milliarden | Tsd. = Tausend | Jh. = Jahrhundert | v.Chr. = vor Christus | n.Chr. = nach Christus
     Jan. = Januar | Feb. = Februar | Aug. = August | Sept. = September | Okt. = Oktober | Nov. = November | Dez. = Dezember`,
  ),
];

const SPANISH = [
  ...abbreviations(
    'inside',
    `Sr. = Señor | Sra. = Señora | Srta. = Señorita | Sres. = Señores | Dr. = Doctor | Dra. = Doctora
     D. = Don | Dña. = Doña | Prof. = Profesor | Profa. = Profesora | Ing. = Ingeniero | Lic. = Licenciado
     Ud. = usted | Uds. = ustedes | Vd. = usted | Vds. = ustedes | p.ej. = por ejemplo | P.ej. = Por ejemplo
     aprox. = aproximadamente | Avda. = Avenida | Av. = Avenida | Sta. = Santa | Sto. = Santo | ej. = ejemplo`,
  ),
  ...abbreviations(
    'number',
    `núm. = número | Núm. = Número | nro. = número | Nro. = Número | tel. = teléfono
     Tel. = Teléfono | tfno. = teléfono | pág. = página | págs. = páginas | ext. = extensión | art. = artículo`,
  ),
  ...abbreviations(
    'maybe',
    `etc. = etcétera | a.m. = de la mañana | p.m. = de la tarde | EE.UU. = Estados Unidos | S.A. = S A | depto. = departamento`,
  ),
];

const FRENCH = [
  ...abbreviations(
    'inside',
    `M. = Monsieur | MM. = Messieurs | Mme. = Madame | Mmes. = Mesdames | Mlle. = Mademoiselle | Dr. = Docteur
     Pr. = Professeur | Me. = Maître | p.ex. = par exemple | c.-à-d. = c'est-à-dire | env. = environ | av. = avenue
     bd. = boulevard | boul. = boulevard | St. = Saint | Ste. = Sainte | max. = maximum | min. = minimum`,
  ),
  ...abbreviations(
    'number',
    `tél. = téléphone | Tél. = Téléphone | p. = page | art. = article | chap. = chapitre`,
  ),
  ...abbreviations(
    'maybe',
    `etc. = et cetera | janv. = janvier | févr. = février | juil. = juillet | sept. = septembre
     oct. = octobre | nov. = novembre | déc. = décembre`,
  ),
];

/** By ISO 639-1 code. */
export const ABBREVIATIONS: Readonly<Record<string, readonly Abbreviation[]>> = {
  en: ENGLISH,
  de: GERMAN,
  es: SPANISH,
  fr: FRENCH,
};

const RANK: readonly FullStop[] = ['inside', 'number', 'maybe'];
const made = new Map<string, ReadonlyMap<string, FullStop>>();

/**
 * What the full stop of each abbreviation means.
 * @param language ISO 639-1; of an unknown one all languages count, and the most cautious meaning
 */
export function fullStops(language: string | undefined): ReadonlyMap<string, FullStop> {
  const known = language !== undefined && Object.hasOwn(ABBREVIATIONS, language);
  const key = known ? language : '';
  let stops = made.get(key);
  if (!stops) {
    const entries = known ? (ABBREVIATIONS[key] ?? []) : Object.values(ABBREVIATIONS).flat();
    const all = new Map<string, FullStop>();
    for (const { written, fullStop } of entries) {
      const other = all.get(written);
      const isRanked = other !== undefined && RANK.indexOf(other) > RANK.indexOf(fullStop);
      all.set(written, isRanked ? other : fullStop);
    }
    stops = all;
    made.set(key, stops);
  }
  return stops;
}
