import t from 'tap';
import {
  classifyInterruption,
  DEFAULT_INTERRUPTION,
  learnUsualLevel,
  longestHoldMs,
  type HeldVoice,
  type InterruptionSettings,
  type InterruptionVerdict,
} from '../../src/actors/interruption/index.js';
import { SeededRandom } from '../seeded-random.js';

const HELD: HeldVoice = {
  voiceMs: 250,
  voiceEnded: true,
  silenceMs: 200,
  words: undefined,
  levelDb: undefined,
  character: undefined,
  language: 'en',
  agentAsked: false,
};

const classify = (
  held: Partial<HeldVoice>,
  settings: Partial<InterruptionSettings> = {},
): InterruptionVerdict =>
  classifyInterruption({ ...HELD, ...held }, { ...DEFAULT_INTERRUPTION, ...settings });
const verdict = (held: Partial<HeldVoice>, settings: Partial<InterruptionSettings> = {}): string =>
  classify(held, settings).verdict;

t.test('a cough without words is noise, once words were waited for', async (t) => {
  t.strictSame(classify({ voiceMs: 120, silenceMs: 200 }), {
    verdict: 'undecided',
    decideAgainInMs: 150,
  });
  t.equal(verdict({ voiceMs: 120, silenceMs: 350 }), 'noise');
  t.equal(verdict({ voiceMs: 120, silenceMs: 200, words: '' }), 'noise', 'at once where none come');
});

t.test('a sustained voice is an interruption after 300 ms, with or without words', async (t) => {
  const going = { voiceEnded: false, silenceMs: 0 };
  t.strictSame(classify({ ...going, voiceMs: 60 }), { verdict: 'undecided', decideAgainInMs: 240 });
  t.equal(verdict({ ...going, voiceMs: 300 }), 'interruption');
  t.equal(verdict({ voiceMs: 300, words: '' }), 'interruption', 'speech not understood is speech');
  t.equal(verdict({ ...going, voiceMs: 300, levelDb: -20 }), 'undecided', 'somebody far away');
  t.equal(verdict({ ...going, voiceMs: 600, levelDb: -20 }), 'interruption', 'for long');
  t.equal(verdict({ ...going, voiceMs: 300, levelDb: -5 }), 'interruption');
});

const BACKCHANNELS: Readonly<Record<string, readonly string[]>> = {
  en: [
    'Uh-huh.',
    'mm',
    'Mm-hmm',
    'yeah',
    'Okay.',
    'right',
    'I see',
    'yeah, okay, right',
    'Oh, I see. Okay.',
    'no problem',
    'Really?',
    'uh',
    'thank you',
  ],
  de: ['genau', 'ja', 'Ja, genau.', 'mhm, ja ja', 'ach so', 'alles klar', 'Wirklich?', 'verstehe'],
  es: ['sí', 'Sí, claro.', 'ajá', 'vale, vale', 'de acuerdo', 'ya veo', '¿De verdad?'],
  fr: ["d'accord", 'Oui, oui.', "ah d'accord, je vois", 'très bien', 'Ah bon ?', 'tout à fait'],
};

const INTERRUPTIONS: Readonly<Record<string, readonly string[]>> = {
  en: [
    'no',
    'Wait',
    'stop',
    'hold on',
    'excuse me',
    'what?',
    'why',
    'Yeah, but',
    'okay wait',
    'sorry?',
    'no no',
    'I want to pay',
    'Tuesday',
    'huh?',
    'right now',
  ],
  de: [
    'nein',
    'Moment',
    'Moment mal',
    'warten Sie',
    'wie bitte',
    'ja aber',
    'Was?',
    'stopp',
    'ja nein',
    'am Dienstag',
  ],
  es: ['no', 'espere', 'un momento', '¿qué?', 'sí pero', 'perdón', 'el martes'],
  fr: ['non', 'attendez', 'un instant', 'quoi ?', 'oui mais', 'pardon', 'mardi'],
};

t.test('signs of listening are none but that, in every language', async (t) => {
  for (const [language, texts] of Object.entries(BACKCHANNELS)) {
    for (const words of texts) t.equal(verdict({ words, language }), 'backchannel', words);
  }
});

t.test('a word against, a question, or words of their own take the floor at once', async (t) => {
  for (const [language, texts] of Object.entries(INTERRUPTIONS)) {
    for (const words of texts) {
      t.equal(verdict({ words, language }), 'interruption', words);
      const going = { words, language, voiceEnded: false, silenceMs: 0, voiceMs: 150 };
      t.equal(verdict(going), 'interruption', `${words}, while the voice lasts`);
    }
  }
});

t.test('a yes or no to a question of the agent is an answer', async (t) => {
  for (const words of ['yes', 'Yeah.', 'uh-huh', 'okay', 'right', 'Oh yes, sure.']) {
    t.equal(verdict({ words, agentAsked: true }), 'interruption', words);
  }
  t.equal(verdict({ words: 'ja genau', language: 'de', agentAsked: true }), 'interruption');
  t.equal(verdict({ words: 'oui', language: 'fr', agentAsked: true }), 'interruption');
  t.equal(verdict({ words: 'sí', language: 'es', agentAsked: true }), 'interruption');
  t.equal(verdict({ words: 'hmm', agentAsked: true }), 'backchannel', 'still thinking');
});

t.test(
  'a sign of listening that goes on may become more, until it is too long for one',
  async (t) => {
    const going = { words: 'yeah', voiceEnded: false, silenceMs: 0 };
    t.strictSame(classify({ ...going, voiceMs: 400 }), {
      verdict: 'undecided',
      decideAgainInMs: 1100,
    });
    t.equal(verdict({ ...going, voiceMs: 1500 }), 'interruption');
  },
);

t.test('fewer words than are needed do not take the floor', async (t) => {
  const settings = { minWords: 3 };
  t.equal(verdict({ words: 'Tuesday' }, settings), 'backchannel');
  t.equal(verdict({ words: 'on Tuesday morning' }, settings), 'interruption');
  t.equal(verdict({ words: 'stop' }, settings), 'interruption', 'but these do');
  t.equal(verdict({ words: 'Tuesday', voiceEnded: false, silenceMs: 0 }, settings), 'undecided');
});

t.test('a word made up from a click is noise', async (t) => {
  t.equal(verdict({ words: 'the', voiceMs: 60 }), 'noise');
  t.equal(verdict({ words: 'the', voiceMs: 160 }), 'interruption');
});

t.test('a word that comes before its voice is proven is judged as soon as it is', async (t) => {
  const going = { words: 'please', voiceEnded: false, silenceMs: 0 };
  t.strictSame(classify({ ...going, voiceMs: 20 }), { verdict: 'undecided', decideAgainInMs: 60 });
  t.equal(verdict({ ...going, voiceMs: 80 }), 'interruption');
});

t.test('in a language without lexicons any words take the floor', async (t) => {
  t.equal(verdict({ words: 'tak', language: 'pl' }), 'interruption');
  t.equal(verdict({ language: 'pl', voiceMs: 100, silenceMs: 400 }), 'noise');
});

const WORDS = [undefined, '', 'yeah', 'Tuesday', 'the big one', 'uh'];
const LEVELS_DB = [undefined, -30, 0];
const CHARACTERS = [undefined, 'speech', 'sound'] as const;

t.test('whoever asks again when told gets a verdict in time', async (t) => {
  for (let seed = 1; seed <= 2000; seed++) {
    const random = new SeededRandom(seed);
    const settings: InterruptionSettings = {
      ...DEFAULT_INTERRUPTION,
      minWords: 1 + random.below(4),
      minVoiceMs: random.below(600),
      wordWaitMs: random.below(600),
      maxBackchannelMs: 300 + random.below(2000),
    };
    const totalVoiceMs = random.below(4000);
    const words = WORDS[random.below(WORDS.length)];
    const wordsAtMs = random.below(3000);
    const character = CHARACTERS[random.below(CHARACTERS.length)];
    const levelDb = LEVELS_DB[random.below(LEVELS_DB.length)];
    let nowMs = 0;
    for (;;) {
      const result = classifyInterruption(
        {
          voiceMs: Math.min(nowMs, totalVoiceMs),
          voiceEnded: nowMs >= totalVoiceMs,
          silenceMs: Math.max(0, nowMs - totalVoiceMs),
          words: nowMs >= wordsAtMs ? words : undefined,
          levelDb,
          character,
          language: random.pick(['en', 'xx']),
          agentAsked: random.chance(50),
        },
        settings,
      );
      if (result.verdict !== 'undecided') break;
      if (!(result.decideAgainInMs >= 1)) t.fail(`seed ${seed}: ${result.decideAgainInMs} ms`);
      nowMs += result.decideAgainInMs;
    }
    const limitMs = longestHoldMs(settings) + 2;
    if (nowMs > limitMs) t.fail(`seed ${seed}: ${nowMs} ms, allowed ${limitMs} ms`);
  }
});

t.test('without words more voice never makes less of an interruption', async (t) => {
  const rank = { noise: 0, backchannel: 0, undecided: 1, interruption: 2 };
  for (const silenceMs of [0, 200, 400]) {
    let last = 0;
    for (let voiceMs = 0; voiceMs <= 1000; voiceMs += 20) {
      const held = { voiceMs, silenceMs, voiceEnded: silenceMs > 0 };
      const next = rank[classify(held).verdict];
      t.ok(next >= last, `${voiceMs} ms of voice, ${silenceMs} ms of silence`);
      last = next;
    }
    t.equal(last, 2);
  }
});

t.test('a far voice is looked at again when a near one would be long enough', async (t) => {
  const far = { voiceEnded: false, silenceMs: 0, levelDb: -20 };
  const again = (decideAgainInMs: number) => ({ verdict: 'undecided', decideAgainInMs });
  t.strictSame(classify({ ...far, voiceMs: 100 }), again(200));
  t.strictSame(classify({ ...far, voiceMs: 350 }), again(250));
});

t.test('the usual level is that of the first turn, rises fast and falls slowly', async (t) => {
  t.equal(learnUsualLevel(undefined, undefined), undefined);
  t.equal(learnUsualLevel(undefined, -20), -20);
  t.equal(learnUsualLevel(-20, undefined), -20);
  t.equal(learnUsualLevel(-20, -10), -15);
  t.equal(learnUsualLevel(-20, -30), -22);
});

t.test('a sound never takes the floor by its length, speech does as before (D3)', async (t) => {
  const lasts = { voiceEnded: false, silenceMs: 0 };
  t.equal(verdict({ ...lasts, voiceMs: 300, character: 'speech' }), 'interruption');
  t.strictSame(classify({ ...lasts, voiceMs: 300, character: 'sound' }), {
    verdict: 'undecided',
    decideAgainInMs: 1200,
  });
  t.equal(verdict({ ...lasts, voiceMs: 1500, character: 'sound' }), 'noise', 'beside a long hum');
  const ended = { voiceMs: 900, voiceEnded: true, character: 'sound' } as const;
  t.equal(verdict({ ...ended, silenceMs: 200 }), 'undecided', 'words may still come');
  t.equal(verdict({ ...ended, silenceMs: 350 }), 'noise');
  t.equal(verdict({ ...ended, silenceMs: 200, words: '' }), 'noise', 'none came');
});

t.test('words take the floor however they sound (D3)', async (t) => {
  const sound = { voiceMs: 250, character: 'sound' } as const;
  t.equal(verdict({ ...sound, words: 'stop' }), 'interruption');
  t.equal(verdict({ ...sound, words: 'no' }), 'interruption');
  t.equal(verdict({ ...sound, words: 'mhm' }), 'backchannel');
});

t.test('a long hum is waited out longer where a longer voice is asked for (D3)', async (t) => {
  const hum = { voiceEnded: false, silenceMs: 0, character: 'sound', voiceMs: 1500 } as const;
  t.equal(verdict(hum, { minVoiceMs: 1000 }), 'undecided');
  t.equal(verdict({ ...hum, voiceMs: 2000 }, { minVoiceMs: 1000 }), 'noise');
});

t.test(
  'speech that ends early and is not understood takes the floor, a noise does not (D3)',
  async (t) => {
    const withInterims = { minVoiceMs: 600 };
    const short = { voiceMs: 400, voiceEnded: true } as const;
    t.equal(verdict({ ...short, character: 'speech', silenceMs: 200 }, withInterims), 'undecided');
    for (const told of [{ silenceMs: 350 }, { silenceMs: 200, words: '' }]) {
      t.equal(verdict({ ...short, character: 'speech', ...told }, withInterims), 'interruption');
      t.equal(verdict({ ...short, character: 'sound', ...told }, withInterims), 'noise');
      t.equal(verdict({ ...short, character: undefined, ...told }, withInterims), 'noise');
      const far = { ...short, character: 'speech', levelDb: -20, ...told } as const;
      t.equal(verdict(far, withInterims), 'noise', 'of somebody else');
      t.equal(verdict({ ...short, character: 'speech', ...told }, { minVoiceMs: 1000 }), 'noise');
    }
  },
);
