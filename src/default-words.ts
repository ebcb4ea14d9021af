// What the OpenAI agent says and is told where the settings leave it open, in the node's language. Control plane.

/** By ISO 639-1 code; in another language the model is asked for its first words. */
const GREETINGS: Readonly<Record<string, string>> = {
  en: 'Hello, how can I help you?',
  de: 'Guten Tag, wie kann ich Ihnen helfen?',
  es: 'Hola, ¿en qué puedo ayudarle?',
  fr: 'Bonjour, comment puis-je vous aider ?',
};

const INSTRUCTIONS =
  'You are the receptionist of a small company. Answer the caller briefly and kindly. ' +
  'Say so when you do not know something. End the call when the caller says goodbye.';

/** @param language ISO 639-1 */
export const defaultGreeting = (language: string): string | undefined =>
  Object.hasOwn(GREETINGS, language) ? GREETINGS[language] : undefined;

/** @param language ISO 639-1 */
export function defaultInstructions(language: string): string {
  if (language === 'en') return INSTRUCTIONS;
  const name = new Intl.DisplayNames(['en'], { type: 'language' }).of(language) ?? language;
  return `${INSTRUCTIONS} Speak ${name}.`;
}
