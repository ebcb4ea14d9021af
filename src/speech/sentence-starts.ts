// Words that begin a sentence where they have a capital letter behind an abbreviation. Pure. Control plane.

/** Of English, German, Spanish and French: words without a capital letter within a sentence. */
const STARTS = `
  The A An This That These Those There Here It Its We Our You Your I My He She His Her They Their What
  When Where Which Who Why How Is Are Am Was Were Do Does Did Can Could Will Would Shall Should May Might
  Must Have Has Please If But And Or So Then Now For From In On At To With Until After Before Because
  While Since Also Just Let Yes No Not Otherwise However Thanks Thank Sorry Okay All Any Each Some
  Der Die Das Den Dem Des Ein Eine Einen Einem Dieser Diese Dieses Es Er Wir Ich Ihr Ihre Unser Unsere Mein
  Was Wann Wo Wer Wie Warum Ist Sind War Kann Können Könnten Möchten Haben Hat Wird Werden Bitte Wenn Aber
  Und Oder Dann Danach Jetzt Für Von Im In Am An Zu Mit Nach Vor Bis Auf Außerdem Auch Ja Nein Nicht Gerne
  El La Los Las Un Una Este Esta Esto Eso Esa Ese Yo Nosotros Usted Ustedes Nuestro Nuestra Su Mi Qué Cuándo
  Dónde Quién Cómo Cuál Es Son Está Están Hay Puede Podemos Si Sí Pero Y O Entonces Ahora Para Por De En Con
  Hasta Después Antes También Tenemos Le Se Gracias Abrimos
  Le Les Une Ce Cet Cette Ces Il Elle Ils Elles Nous Vous On Je Notre Nos Votre Vos Quand Où Qui Quel Quelle
  Comment Pourquoi C'est Est Sont Avez Avons Pouvez Mais Et Ou Donc Alors Maintenant Pour Dans Sur Avec
  Jusqu'à Après Avant Aussi Oui Non Merci
`;

const KNOWN = new Set(STARTS.split(/\s+/).filter((word) => word !== ''));

/** @param word with its capital letter */
export const startsSentence = (word: string): boolean => KNOWN.has(word.replaceAll('’', "'"));
