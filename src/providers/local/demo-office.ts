// The receptionist a newcomer talks to: intents of an office that does not exist. Control plane.

import type { IntentsFile } from './intents.js';

/** What is said of persons and extensions, which only a node that dials extensions can reach. */
const WITH_PERSON = {
  greeting:
    'Hello, this is the Ringmaster demo office. You can ask for our opening hours, our location, or a person. How can I help you?',
  hint: "I'm sorry, I still don't understand. You can ask for our opening hours, our location, our telephone number, or a person.",
  unknown: [
    "I'm sorry, I can't help with that. You can ask for our hours, our location, our telephone number, or a person.",
    "I don't know about that. Try opening hours, location, telephone number, or say operator.",
  ],
  idle: 'Are you still there? You can ask for our opening hours, or for a person.',
  help: 'I can tell you our opening hours, our location and our telephone number. I can also put you through to an extension, or to a person.',
};
const WITHOUT_PERSON: typeof WITH_PERSON = {
  greeting:
    'Hello, this is the Ringmaster demo office. You can ask for our opening hours, our location, or our telephone number. How can I help you?',
  hint: "I'm sorry, I still don't understand. You can ask for our opening hours, our location, or our telephone number.",
  unknown: [
    "I'm sorry, I can't help with that. You can ask for our hours, our location, or our telephone number.",
    "I don't know about that. Try opening hours, location, or telephone number.",
  ],
  idle: 'Are you still there? You can ask for our opening hours, or for our location.',
  help: 'I can tell you our opening hours, our location and our telephone number.',
};

/**
 * The telephone number is of the range that is kept for fiction: 555-0100 to 555-0199.
 * @param dialsExtensions without it nobody can be put through, and no person is offered
 */
export function demoOffice(dialsExtensions: boolean): IntentsFile {
  const said = dialsExtensions ? WITH_PERSON : WITHOUT_PERSON;
  return {
    greeting: said.greeting,
    unknown: said.unknown,
    hint: said.hint,
    idle: [said.idle, "I can't hear you. Say help to hear what I can do."],
    confirm: { transfer: 'Shall I connect you with a person?' },
    offer:
      "I'm sorry, I can't make out any words. Shall I connect you with a person? Say yes, or press zero.",
    unavailable:
      "I'm sorry, nobody can be reached from this demo office. What else can I do for you?",
    farewell: ["I'll let you go now. Thank you for calling. Goodbye."],
    intents: [
      {
        name: 'hours',
        phrases: [
          'hours',
          'opening hours',
          'business hours',
          'what are your hours',
          'what are your opening hours',
          'when are you open',
          'when do you open',
          'when do you close',
          'are you open today',
          'are you open',
          'do you open',
          'open on saturday',
          'open on sunday',
          'open on weekends',
          'what time do you open',
          'what time do you close',
        ],
        answers: [
          'We are open Monday to Friday, from nine in the morning until five in the afternoon.',
          'Our hours are nine to five, from Monday to Friday.',
        ],
      },
      {
        name: 'location',
        phrases: [
          'location',
          'address',
          'what is your address',
          "what's your address",
          'where are you',
          'where are you located',
          'where is your office',
          'where can i find you',
          'how do i get there',
          'directions',
        ],
        answers: [
          'You find us at twelve Canal Street, right beside the station.',
          'Our office is at twelve Canal Street. It is a minute from the station.',
        ],
      },
      {
        name: 'telephone-number',
        phrases: [
          'telephone number',
          'phone number',
          'what is your telephone number',
          'what is your phone number',
          "what's your number",
          'what is your number',
          'how can i call you',
        ],
        answers: ['Our telephone number is five five five, oh one four two.'],
      },
      {
        name: 'operator',
        phrases: [
          'operator',
          'human',
          'transfer',
          'transfer me',
          'a person',
          'a real person',
          'receptionist',
          'representative',
          'customer service',
          'speak to someone',
          'speak to a human',
          'speak to a person',
          'talk to someone',
          'talk to a human',
          'talk to a person',
          'talk to somebody',
          'put me through',
          'can i speak to someone',
        ],
        answers: ["One moment, please. I'll put you through."],
        keys: '0',
        action: { transfer: '100' },
      },
      {
        name: 'extension',
        phrases: [
          'extension',
          'extension {digits}',
          'an extension please',
          'dial an extension',
          'transfer me to {digits}',
          'put me through to {digits}',
          'connect me to extension {digits}',
          'i know the extension',
        ],
        answers: ['Which extension would you like? You can say it, or use your keypad.'],
        action: { ask: 'extension' },
      },
      {
        name: 'repeat',
        phrases: [
          'repeat',
          'repeat that',
          'please repeat',
          'say that again',
          'please try again',
          'what did you say',
          'can you repeat that',
          'one more time',
        ],
        answers: ["I haven't said anything yet."],
        action: { repeat: true },
      },
      {
        name: 'help',
        phrases: [
          'help',
          'help me',
          'what can you do',
          'what can i say',
          'what can i ask',
          'options',
          'menu',
          'how does this work',
        ],
        answers: said.help,
      },
      {
        name: 'hello',
        phrases: [
          'hello',
          'hi',
          'hi there',
          'hey there',
          'good day',
          'hello there',
          'good morning',
          'good afternoon',
          'good evening',
        ],
        answers: ['Hello. What can I do for you?', 'Hi. How can I help?'],
      },
      {
        name: 'thanks',
        phrases: ['thank you', 'thanks', 'thank you very much', 'thanks a lot'],
        answers: [
          "You're welcome. Is there anything else?",
          'With pleasure. Can I do anything else for you?',
        ],
      },
      {
        name: 'goodbye',
        phrases: [
          'goodbye',
          'bye',
          'bye bye',
          'bye bye now',
          'bye now',
          'hang up',
          'that is it',
          'nothing else',
          'no thank you',
          'no thanks',
          'thank you goodbye',
          'thank you bye',
          'have a nice day',
        ],
        answers: ['Thank you for calling. Goodbye.', 'Goodbye, and thank you for calling.'],
        action: { hangup: true },
      },
    ],
  };
}
